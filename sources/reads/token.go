package reads

import "strings"

// A kind of token.
type kind uint8

const (
	end    kind = iota
	word        // bare: a keyword, a name, a number
	quoted      // "in quotes" or `in backticks`
	text        // 'a string' or $$one$$
	symbol      // one character
)

// A token is a piece of SQL. Words keep their case; up is the word in capitals.
type token struct {
	kind kind
	raw  string
	up   string
}

func (t token) is(s string) bool { return t.kind == symbol && t.raw == s }

// A lexer cuts SQL into tokens. What cannot be SQL it passes over: a template
// that was not filled in, a string that does not end.
type lexer struct {
	sql string
	at  int
}

func (l *lexer) next() token {
	for l.at < len(l.sql) {
		rest := l.sql[l.at:]
		switch c := rest[0]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			l.at++
		case strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "//"):
			l.past("\n")
		case strings.HasPrefix(rest, "/*"):
			l.comment()
		case strings.HasPrefix(rest, "{%"):
			l.past("%}")
		case strings.HasPrefix(rest, "{{"):
			l.past("}}")
		case strings.HasPrefix(rest, "$$"):
			l.at += 2
			l.past("$$")
			return token{kind: text}
		case c == '\'':
			return l.string()
		case c == '"' || c == '`':
			return l.quoted(c)
		case begins(c):
			return l.word()
		default:
			l.at++
			return token{kind: symbol, raw: rest[:1]}
		}
	}
	return token{}
}

// past goes behind the next mark, or to the end.
func (l *lexer) past(mark string) {
	if i := strings.Index(l.sql[l.at:], mark); i >= 0 {
		l.at += i + len(mark)
	} else {
		l.at = len(l.sql)
	}
}

// comment goes behind a comment, in which others may lie.
func (l *lexer) comment() {
	deep := 0
	for l.at < len(l.sql) {
		switch rest := l.sql[l.at:]; {
		case strings.HasPrefix(rest, "/*"):
			deep, l.at = deep+1, l.at+2
		case strings.HasPrefix(rest, "*/"):
			if deep, l.at = deep-1, l.at+2; deep == 0 {
				return
			}
		default:
			l.at++
		}
	}
}

// string reads 'a string': two quotes are one, and so is one behind a backslash.
func (l *lexer) string() token {
	begin := l.at + 1
	for l.at = begin; l.at < len(l.sql); l.at++ {
		switch {
		case l.sql[l.at] == '\\':
			l.at++
		case strings.HasPrefix(l.sql[l.at:], "''"):
			l.at++
		case l.sql[l.at] == '\'':
			l.at++
			return token{kind: text, raw: l.sql[begin : l.at-1]}
		}
	}
	l.at = len(l.sql)
	return token{kind: text}
}

// quoted reads a name in quotes, and keeps them.
func (l *lexer) quoted(mark byte) token {
	begin := l.at
	for l.at++; l.at < len(l.sql); l.at++ {
		if l.sql[l.at] != mark {
			continue
		}
		if l.at++; l.at == len(l.sql) || l.sql[l.at] != mark {
			return token{kind: quoted, raw: l.sql[begin:l.at]}
		}
	}
	return token{kind: quoted, raw: l.sql[begin:]}
}

func (l *lexer) word() token {
	begin := l.at
	for l.at < len(l.sql) && (begins(l.sql[l.at]) || l.sql[l.at] == '$') {
		l.at++
	}
	raw := l.sql[begin:l.at]
	return token{kind: word, raw: raw, up: strings.ToUpper(raw)}
}

// begins reports whether a word may begin so; letters beyond ASCII are letters.
func begins(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
