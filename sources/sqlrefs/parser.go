// Package sqlrefs finds the relations that a query reads, from its SQL text alone.
//
// It knows the places of a query where a relation can be named, and no more of SQL: names of
// common tables and functions, and columns behind EXTRACT(... FROM ...), are no relations. It
// never errs: text that is no query reads nothing. It does not resolve names to stored ones; a
// sources.Dialect does that.
//
// To cover another construct, add it to the table of queries in the test, and to the method of
// the parser for that clause.
package sqlrefs

import (
	"slices"
	"strings"
)

// FindRelations returns the relations that a query reads, each once, in order of appearance and
// spelled as in the query: raw."Erp".gl. Names of one part that the query itself defines, such
// as common tables, are left out.
func FindRelations(sql string) []string {
	p := &parser{lex: lexer{sql: sql}, foundSet: make(map[string]bool)}
	p.advance()
	for p.tok.kind != endToken {
		p.readQuery(nil)
		if p.tok.isSymbol(")") || p.tok.isSymbol(";") {
			p.advance()
		}
	}
	return p.found
}

// A parser walks over the tokens of a query and collects the relations that it reads.
type parser struct {
	lex      lexer
	tok      token
	prev     token
	found    []string
	foundSet map[string]bool // the elements of found
	// depth is the number of open brackets.
	depth int
}

// advance moves to the next token.
func (p *parser) advance() {
	p.prev = p.tok
	p.tok = p.lex.nextToken()
}

// A scope holds the names that a query defines, and the scope of the query around it. The nil
// scope defines nothing.
type scope struct {
	names map[string]bool // in lower case
	outer *scope
}

// add adds name to s and returns s.
func (s *scope) add(name string) *scope {
	if s.names == nil {
		s.names = make(map[string]bool)
	}
	s.names[strings.ToLower(name)] = true
	return s
}

// hasName reports whether s or a scope around it defines name, in whatever case.
func (s *scope) hasName(name string) bool {
	name = strings.ToLower(name)
	for ; s != nil; s = s.outer {
		if s.names[name] {
			return true
		}
	}
	return false
}

// unquote returns the text of a name without its quotes.
func unquote(t token) string {
	if t.kind == quotedToken && len(t.raw) > 1 {
		return t.raw[1 : len(t.raw)-1]
	}
	return t.raw
}

// readQuery reads up to the bracket that closes the query, a semicolon or the end. Names that s
// defines are no relations. Below maxDepth brackets it skips the rest of the text.
func (p *parser) readQuery(s *scope) {
	p.depth++
	if p.depth > maxDepth {
		p.lex.at = len(p.lex.sql)
		p.advance()
	}
	defer func() { p.depth-- }()
	first := true
	selects := false
	for p.tok.kind != endToken && !p.tok.isSymbol(")") && !p.tok.isSymbol(";") {
		switch {
		case p.tok.upper == "WITH" && p.tok.kind == wordToken && p.hasCommonTables():
			s = p.readCommonTables(s)
		case p.tok.upper == "SELECT" && p.tok.kind == wordToken && !p.prev.isSymbol("."):
			selects = true
			p.advance()
		case p.tok.upper == "FROM" && p.tok.kind == wordToken && (selects || first) && p.prev.upper != "DISTINCT" && !p.prev.isSymbol("."):
			p.advance()
			p.readFrom(s)
		default:
			p.skipToken(s)
		}
		first = false
	}
}

// hasCommonTables reports whether the WITH at the current token defines common tables, and is
// no other clause such as WITH OFFSET.
func (p *parser) hasCommonTables() bool {
	ahead := *p
	ahead.advance()
	if ahead.tok.upper == "RECURSIVE" {
		return true
	}
	if ahead.tok.kind != wordToken && ahead.tok.kind != quotedToken {
		return false
	}
	ahead.advance()
	return ahead.tok.upper == "AS" || ahead.tok.isSymbol("(")
}

// maxDepth is how deep brackets are followed.
const maxDepth = 1000

// skipToken moves past the current token. At an opening bracket it reads the query inside, and
// moves past the closing one.
func (p *parser) skipToken(s *scope) {
	if !p.tok.isSymbol("(") {
		p.advance()
		return
	}
	p.advance()
	p.readQuery(s)
	if p.tok.isSymbol(")") {
		p.advance()
	}
}

// readCommonTables reads the common tables behind WITH, and returns a scope inside s that
// defines them. Each may read those before it. One that is recursive reads itself; in any
// other, its own name is a relation from elsewhere.
func (p *parser) readCommonTables(s *scope) *scope {
	p.advance()
	recursive := p.tok.upper == "RECURSIVE"
	if recursive {
		p.advance()
	}
	s = &scope{outer: s}
	for p.tok.kind == wordToken || p.tok.kind == quotedToken {
		name := unquote(p.tok)
		p.advance()
		if p.tok.isSymbol("(") { // names of columns
			p.skipToken(nil)
		}
		for p.tok.kind == wordToken && (p.tok.upper == "AS" || p.tok.upper == "NOT" || p.tok.upper == "MATERIALIZED") {
			p.advance()
		}
		if !p.tok.isSymbol("(") {
			return s
		}
		p.readCommonTable(name, s, recursive)
		if !p.tok.isSymbol(",") {
			return s
		}
		p.advance()
	}
	return s
}

// readCommonTable reads the query of the common table name, and adds name to s. Without
// RECURSIVE it counts as recursive too if it unites something with itself by UNION ALL: its own
// name is then removed from found.
func (p *parser) readCommonTable(name string, s *scope, recursive bool) {
	begin := p.lex.at
	known := len(p.found)
	if recursive {
		p.skipToken(s.add(name))
		return
	}
	p.skipToken(s)
	s.add(name)
	isItself := func(found string) bool { return strings.EqualFold(strings.Trim(found, "\"`"), name) }
	if i := slices.IndexFunc(p.found[known:], isItself); i >= 0 &&
		strings.Contains(strings.ToUpper(p.lex.sql[begin:p.lex.at]), "UNION ALL") {
		delete(p.foundSet, p.found[known+i])
		p.found = slices.Delete(p.found, known+i, known+i+1)
	}
}

// clauseWords holds the keywords that end a FROM clause.
var clauseWords = map[string]bool{
	"WHERE": true, "GROUP": true, "ORDER": true, "HAVING": true, "QUALIFY": true, "LIMIT": true, "WINDOW": true,
	"CONNECT": true, "START": true, "FETCH": true, "OFFSET": true, "UNION": true, "INTERSECT": true, "EXCEPT": true,
	"MINUS": true, "SELECT": true, "FOR": true, "SETTINGS": true,
}

// readFrom reads the relations of a FROM clause: the first one, those behind a comma, and those
// behind JOIN.
func (p *parser) readFrom(s *scope) {
	aliases := p.readFromItem(s, new(scope), true)
	for p.tok.kind != endToken && !p.tok.isSymbol(")") && !p.tok.isSymbol(";") {
		switch {
		case p.endsFrom():
			return
		case p.tok.isSymbol(",") || p.tok.kind == wordToken && p.tok.upper == "JOIN" && !p.prev.isSymbol("."):
			mayBeElement := p.tok.isSymbol(",")
			p.advance()
			aliases = p.readFromItem(s, aliases, mayBeElement)
		default:
			p.skipToken(s)
		}
	}
}

// endsFrom reports whether the current word ends a FROM clause. Behind a dot or before one it is part
// of a name; WITH OFFSET belongs to an item.
func (p *parser) endsFrom() bool {
	isClause := p.tok.kind == wordToken && clauseWords[p.tok.upper]
	isOffset := p.prev.upper == "WITH" && p.tok.upper == "OFFSET"
	return isClause && !isOffset && !p.prev.isSymbol(".") && !p.isQualifier()
}

// isQualifier reports whether a dot follows the current word, which is then part of a name and
// no keyword.
func (p *parser) isQualifier() bool {
	ahead := *p
	ahead.advance()
	return ahead.tok.isSymbol(".")
}

// beginsName reports whether the current token begins the name of a relation.
func (p *parser) beginsName() bool {
	isKeyword := clauseWords[p.tok.upper] || joinWords[p.tok.upper]
	return p.tok.kind == quotedToken || p.tok.kind == wordToken && !isKeyword && !isDigit(p.tok.raw[0])
}

// readFromItem reads one item of a FROM clause, and returns the aliases with its own.
// mayBeElement is true where a name of two parts may be an element of an item before it, as in
// FROM orders o, o.items: after a comma, and not after JOIN.
func (p *parser) readFromItem(s, aliases *scope, mayBeElement bool) *scope {
	for p.tok.kind == wordToken && (p.tok.upper == "LATERAL" || p.tok.upper == "ONLY") {
		p.advance()
	}
	switch {
	case p.tok.isSymbol("("):
		p.readBrackets(s)
	case p.tok.isSymbol("@"): // files of a stage
		p.advance()
	case p.tok.kind == wordToken && p.tok.upper == "VALUES":
		p.readValues(s)
	case p.beginsName():
		return p.readRelation(s, aliases, mayBeElement)
	}
	return aliases
}

// isDigit reports whether c is an ASCII digit.
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// readValues reads the rows behind VALUES.
func (p *parser) readValues(s *scope) {
	for p.advance(); p.tok.isSymbol("("); p.advance() {
		p.skipToken(s)
		if !p.tok.isSymbol(",") {
			return
		}
	}
}

// readBrackets reads a query or joins in brackets, and moves past the closing bracket.
func (p *parser) readBrackets(s *scope) {
	p.advance()
	if p.tok.kind == wordToken &&
		(p.tok.upper == "SELECT" || p.tok.upper == "WITH" || p.tok.upper == "VALUES" || p.tok.upper == "FROM") {
		p.readQuery(s)
	} else {
		p.depth++
		if p.depth > maxDepth {
			p.lex.at = len(p.lex.sql)
			p.advance()
		}
		p.readFrom(s)
		p.readQuery(s) // a UNION behind a query in brackets
		p.depth--
	}
	if p.tok.isSymbol(")") {
		p.advance()
	}
}

// readRelation reads a relation or a function that makes one, and its alias. It records the
// relation, unless the name is a common table, DUAL, or an element of an item with that alias.
// It returns the aliases with the new one.
func (p *parser) readRelation(s, aliases *scope, mayBeElement bool) *scope {
	first := p.tok
	name, parts := p.readName()
	switch {
	case p.tok.isSymbol("(") && strings.EqualFold(name, "IDENTIFIER"):
		p.advance()
		if p.tok.kind == textToken {
			p.addFound(p.tok.raw)
		}
		p.readQuery(s)
		if p.tok.isSymbol(")") {
			p.advance()
		}
	case p.tok.isSymbol("("): // a function; FLATTEN, TABLE and the like
		p.skipToken(s)
	case parts == 1 && (s.hasName(unquote(first)) || strings.EqualFold(name, "DUAL")):
	case parts == 2 && mayBeElement && aliases.hasName(unquote(first)): // elements of an item before it
	default:
		p.addFound(name)
	}
	return p.readAlias(aliases)
}

// readName reads a name of several parts, and returns it as written but without spaces, and the
// number of its parts. It accepts two dots in a row, where the schema is left out.
func (p *parser) readName() (name string, parts int) {
	var text strings.Builder
	for {
		if p.tok.kind == wordToken || p.tok.kind == quotedToken {
			text.WriteString(p.tok.raw)
			parts++
			p.advance()
		}
		if !p.tok.isSymbol(".") {
			return text.String(), parts
		}
		for p.tok.isSymbol(".") { // two in a row leave the schema out
			text.WriteByte('.')
			p.advance()
		}
	}
}

// addFound appends name to found, unless it is empty or there already.
func (p *parser) addFound(name string) {
	if name != "" && !p.foundSet[name] {
		p.foundSet[name] = true
		p.found = append(p.found, name)
	}
}

// readAlias reads the alias of a relation, if there is one, adds it to aliases and returns
// them. Behind AS it may be any word, else no keyword.
func (p *parser) readAlias(aliases *scope) *scope {
	hasAs := p.tok.kind == wordToken && p.tok.upper == "AS"
	if hasAs {
		p.advance()
	}
	if p.tok.kind != quotedToken && p.tok.kind != wordToken ||
		!hasAs && p.tok.kind == wordToken && (clauseWords[p.tok.upper] || joinWords[p.tok.upper]) {
		return aliases
	}
	aliases.add(unquote(p.tok))
	p.advance()
	return aliases
}

// joinWords holds keywords that may follow a relation and are no alias of it.
var joinWords = map[string]bool{
	"JOIN":    true,
	"LEFT":    true,
	"RIGHT":   true,
	"FULL":    true,
	"INNER":   true,
	"CROSS":   true,
	"NATURAL": true,
	"ASOF":    true,
	"ON":      true,
	"USING":   true,
}
