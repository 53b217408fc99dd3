package sqlrefs

import "strings"

// A tokenKind is the kind of a token.
type tokenKind uint8

const (
	endToken    tokenKind = iota
	wordToken             // a keyword, a number, or a name without quotes
	quotedToken           // a name "in quotes" or `in backticks`
	textToken             // 'a string' or $$one$$
	symbolToken           // one character
)

// A token is a piece of SQL. raw has the case of the text; a name keeps its quotes, a string
// does not. upper is a word in capitals, "" for any other token.
type token struct {
	kind  tokenKind
	raw   string
	upper string
}

// isSymbol reports whether t is the one-character symbol s.
func (t token) isSymbol(s string) bool { return t.kind == symbolToken && t.raw == s }

// A lexer cuts SQL into tokens. It skips comments, and what cannot be SQL: templates that were
// not filled in, such as {{ ref }}.
type lexer struct {
	sql string
	at  int
}

// nextToken returns the next token, at the end one of kind endToken.
func (l *lexer) nextToken() token {
	for l.at < len(l.sql) {
		rest := l.sql[l.at:]
		switch c := rest[0]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			l.at++
		case strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "//"):
			l.skipPast("\n")
		case strings.HasPrefix(rest, "/*"):
			l.skipComment()
		case strings.HasPrefix(rest, "{%"):
			l.skipPast("%}")
		case strings.HasPrefix(rest, "{{"):
			l.skipPast("}}")
		case strings.HasPrefix(rest, "$$"):
			l.at += 2
			l.skipPast("$$")
			return token{kind: textToken}
		case c == '\'':
			return l.readString()
		case c == '"' || c == '`':
			return l.readQuoted(c)
		case isWordByte(c):
			return l.readWord()
		default:
			l.at++
			return token{kind: symbolToken, raw: rest[:1]}
		}
	}
	return token{}
}

// skipPast moves behind the next mark, or to the end if there is none.
func (l *lexer) skipPast(mark string) {
	if i := strings.Index(l.sql[l.at:], mark); i >= 0 {
		l.at += i + len(mark)
	} else {
		l.at = len(l.sql)
	}
}

// skipComment moves behind a comment, in which others may be nested.
func (l *lexer) skipComment() {
	deep := 0
	for l.at < len(l.sql) {
		switch rest := l.sql[l.at:]; {
		case strings.HasPrefix(rest, "/*"):
			deep = deep + 1
			l.at = l.at + 2
		case strings.HasPrefix(rest, "*/"):
			deep = deep - 1
			l.at = l.at + 2
			if deep == 0 {
				return
			}
		default:
			l.at++
		}
	}
}

// readString reads 'a string'. Two quotes in a row, or one behind a backslash, do not end it. A
// string that is not closed has no text.
func (l *lexer) readString() token {
	begin := l.at + 1
	for l.at = begin; l.at < len(l.sql); l.at++ {
		switch {
		case l.sql[l.at] == '\\':
			l.at++
		case strings.HasPrefix(l.sql[l.at:], "''"):
			l.at++
		case l.sql[l.at] == '\'':
			l.at++
			return token{kind: textToken, raw: l.sql[begin : l.at-1]}
		}
	}
	l.at = len(l.sql)
	return token{kind: textToken}
}

// readQuoted reads a name between two marks, and keeps them. A doubled mark does not end it.
func (l *lexer) readQuoted(mark byte) token {
	begin := l.at
	for l.at++; l.at < len(l.sql); l.at++ {
		if l.sql[l.at] != mark {
			continue
		}
		l.at++
		if l.at == len(l.sql) || l.sql[l.at] != mark {
			return token{kind: quotedToken, raw: l.sql[begin:l.at]}
		}
	}
	return token{kind: quotedToken, raw: l.sql[begin:]}
}

// readWord reads a keyword, a number, or a name without quotes.
func (l *lexer) readWord() token {
	begin := l.at
	for l.at < len(l.sql) && (isWordByte(l.sql[l.at]) || l.sql[l.at] == '$') {
		l.at++
	}
	raw := l.sql[begin:l.at]
	return token{kind: wordToken, raw: raw, upper: strings.ToUpper(raw)}
}

// isWordByte reports whether a word may hold c: a letter, a digit or an underscore. Bytes
// beyond ASCII count as letters.
func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
