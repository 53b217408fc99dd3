// Package reads says which relations a query reads, by its text.
//
// It knows where in a query a relation can be named, and no more of SQL: what
// is a name of a common table, a function, a column behind EXTRACT(... FROM ...)
// is none. It believes nothing that it cannot read: a text that is no query
// reads nothing.
package reads

import (
	"slices"
	"strings"
)

// Of returns the relations that a query reads, as the query writes them, each
// once, in the order in which they stand: raw."Erp".gl. Names of one part that
// the query itself defines are none.
func Of(sql string) []string {
	p := &parser{lex: lexer{sql: sql}, met: make(map[string]bool)}
	p.advance()
	for p.tok.kind != end {
		p.query(nil)
		if p.tok.is(")") || p.tok.is(";") {
			p.advance()
		}
	}
	return p.found
}

type parser struct {
	lex   lexer
	tok   token
	prev  token
	found []string
	met   map[string]bool // what is found
	deep  int
}

func (p *parser) advance() {
	p.prev = p.tok
	p.tok = p.lex.next()
}

// A scope is the names that a query defines, and those around it.
type scope struct {
	names map[string]bool // in small letters
	outer *scope
}

// add adds a name, and returns the scope.
func (s *scope) add(name string) *scope {
	if s.names == nil {
		s.names = make(map[string]bool)
	}
	s.names[strings.ToLower(name)] = true
	return s
}

func (s *scope) has(name string) bool {
	name = strings.ToLower(name)
	for ; s != nil; s = s.outer {
		if s.names[name] {
			return true
		}
	}
	return false
}

// bare is a name without its quotes.
func bare(t token) string {
	if t.kind == quoted && len(t.raw) > 1 {
		return t.raw[1 : len(t.raw)-1]
	}
	return t.raw
}

// query reads until the bracket that closes it, a semicolon or the end.
func (p *parser) query(s *scope) {
	if p.deep++; p.deep > mostDeep {
		p.lex.at = len(p.lex.sql)
		p.advance()
	}
	defer func() { p.deep-- }()
	first, selects := true, false
	for p.tok.kind != end && !p.tok.is(")") && !p.tok.is(";") {
		switch {
		case p.tok.up == "WITH" && p.tok.kind == word && p.defines():
			s = p.with(s)
		case p.tok.up == "SELECT" && p.tok.kind == word && !p.prev.is("."):
			selects = true
			p.advance()
		case p.tok.up == "FROM" && p.tok.kind == word && (selects || first) && p.prev.up != "DISTINCT" && !p.prev.is("."):
			p.advance()
			p.from(s)
		default:
			p.skip(s)
		}
		first = false
	}
}

// defines reports whether a WITH begins common tables, and no other clause.
func (p *parser) defines() bool {
	look := *p
	look.advance()
	if look.tok.up == "RECURSIVE" {
		return true
	}
	if look.tok.kind != word && look.tok.kind != quoted {
		return false
	}
	look.advance()
	return look.tok.up == "AS" || look.tok.is("(")
}

// mostDeep is how deep brackets are followed.
const mostDeep = 1000

// skip goes over a token, and into brackets.
func (p *parser) skip(s *scope) {
	if !p.tok.is("(") {
		p.advance()
		return
	}
	p.advance()
	p.query(s)
	if p.tok.is(")") {
		p.advance()
	}
}

// with reads common tables, and returns the scope that has them. One may read
// those before it. It reads itself where it is recursive, and else what has its
// name elsewhere.
func (p *parser) with(s *scope) *scope {
	p.advance()
	recursive := p.tok.up == "RECURSIVE"
	if recursive {
		p.advance()
	}
	s = &scope{outer: s}
	for p.tok.kind == word || p.tok.kind == quoted {
		name := bare(p.tok)
		p.advance()
		if p.tok.is("(") { // names of columns
			p.skip(nil)
		}
		for p.tok.kind == word && (p.tok.up == "AS" || p.tok.up == "NOT" || p.tok.up == "MATERIALIZED") {
			p.advance()
		}
		if !p.tok.is("(") {
			return s
		}
		p.common(name, s, recursive)
		if !p.tok.is(",") {
			return s
		}
		p.advance()
	}
	return s
}

// common reads the query of a common table. Without the word RECURSIVE it may be
// recursive too: where it unites something with itself.
func (p *parser) common(name string, s *scope, recursive bool) {
	begin, known := p.lex.at, len(p.found)
	if recursive {
		p.skip(s.add(name))
		return
	}
	p.skip(s)
	s.add(name)
	itself := func(found string) bool { return strings.EqualFold(strings.Trim(found, "\"`"), name) }
	if i := slices.IndexFunc(p.found[known:], itself); i >= 0 && strings.Contains(strings.ToUpper(p.lex.sql[begin:p.lex.at]), "UNION ALL") {
		delete(p.met, p.found[known+i])
		p.found = slices.Delete(p.found, known+i, known+i+1)
	}
}

// ends are the words that end what a query reads from.
var ends = map[string]bool{
	"WHERE": true, "GROUP": true, "ORDER": true, "HAVING": true, "QUALIFY": true, "LIMIT": true, "WINDOW": true, "CONNECT": true, "START": true,
	"FETCH": true, "OFFSET": true, "UNION": true, "INTERSECT": true, "EXCEPT": true, "MINUS": true, "SELECT": true, "FOR": true, "SETTINGS": true,
}

// from reads the relations of a query: the first, those behind a comma and those
// that are joined.
func (p *parser) from(s *scope) {
	aliases := p.factor(s, new(scope), true)
	for p.tok.kind != end && !p.tok.is(")") && !p.tok.is(";") {
		switch {
		case p.tok.kind == word && ends[p.tok.up] && !p.prev.is(".") && !(p.prev.up == "WITH" && p.tok.up == "OFFSET") && !p.qualifies():
			return
		case p.tok.is(",") || p.tok.kind == word && p.tok.up == "JOIN" && !p.prev.is("."):
			beside := p.tok.is(",")
			p.advance()
			aliases = p.factor(s, aliases, beside)
		default:
			p.skip(s)
		}
	}
}

// qualifies reports whether a word is the first part of a name.
func (p *parser) qualifies() bool {
	look := *p
	look.advance()
	return look.tok.is(".")
}

// factor reads one thing that a query reads from, and returns what it is called
// there: beside a comma its elements can be read from like a table.
func (p *parser) factor(s, aliases *scope, beside bool) *scope {
	for p.tok.kind == word && (p.tok.up == "LATERAL" || p.tok.up == "ONLY") {
		p.advance()
	}
	switch {
	case p.tok.is("("):
		p.brackets(s)
	case p.tok.is("@"): // files of a stage
		p.advance()
	case p.tok.kind == word && p.tok.up == "VALUES":
		p.values(s)
	case p.tok.kind == word && !ends[p.tok.up] && !joins[p.tok.up] && !digit(p.tok.raw[0]) || p.tok.kind == quoted:
		return p.named(s, aliases, beside)
	}
	return aliases
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// values reads rows that are written out.
func (p *parser) values(s *scope) {
	for p.advance(); p.tok.is("("); p.advance() {
		if p.skip(s); !p.tok.is(",") {
			return
		}
	}
}

// brackets are those of a query, or of joins.
func (p *parser) brackets(s *scope) {
	p.advance()
	if p.tok.kind == word && (p.tok.up == "SELECT" || p.tok.up == "WITH" || p.tok.up == "VALUES" || p.tok.up == "FROM") {
		p.query(s)
	} else {
		p.deep++
		if p.deep > mostDeep {
			p.lex.at = len(p.lex.sql)
			p.advance()
		}
		p.from(s)
		p.query(s) // what is united behind brackets in brackets
		p.deep--
	}
	if p.tok.is(")") {
		p.advance()
	}
}

// named reads a relation, or a function that makes one.
func (p *parser) named(s, aliases *scope, beside bool) *scope {
	first := p.tok
	name, parts := p.name()
	switch {
	case p.tok.is("(") && strings.EqualFold(name, "IDENTIFIER"):
		p.advance()
		if p.tok.kind == text {
			p.note(p.tok.raw)
		}
		p.query(s)
		if p.tok.is(")") {
			p.advance()
		}
	case p.tok.is("("): // a function; FLATTEN, TABLE and the like
		p.skip(s)
	case parts == 1 && (s.has(bare(first)) || strings.EqualFold(name, "DUAL")):
	case parts == 2 && beside && aliases.has(bare(first)): // elements of what stands beside it
	default:
		p.note(name)
	}
	return p.alias(aliases)
}

// name reads the parts of a name.
func (p *parser) name() (name string, parts int) {
	for {
		if p.tok.kind == word || p.tok.kind == quoted {
			name += p.tok.raw
			parts++
			p.advance()
		}
		if !p.tok.is(".") {
			return name, parts
		}
		for p.tok.is(".") { // two of them leave the schema out
			name += "."
			p.advance()
		}
	}
}

func (p *parser) note(name string) {
	if name != "" && !p.met[name] {
		p.met[name] = true
		p.found = append(p.found, name)
	}
}

// alias notes what a relation is called: the word behind it, which behind AS may
// be any.
func (p *parser) alias(aliases *scope) *scope {
	said := p.tok.kind == word && p.tok.up == "AS"
	if said {
		p.advance()
	}
	if p.tok.kind != quoted && p.tok.kind != word || !said && p.tok.kind == word && (ends[p.tok.up] || joins[p.tok.up]) {
		return aliases
	}
	aliases.add(bare(p.tok))
	p.advance()
	return aliases
}

// joins are words that may stand behind a relation and do not name it.
var joins = map[string]bool{"JOIN": true, "LEFT": true, "RIGHT": true, "FULL": true, "INNER": true, "CROSS": true, "NATURAL": true, "ASOF": true, "ON": true, "USING": true}
