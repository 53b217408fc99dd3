package main

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"
)

// counts are the figures of a tree of Go code. Names, comments and lengths are
// those of code that is not a test.
type counts struct {
	names, nameLetters, shortNames int
	assignments, parallel          int
	positional                     int
	longLines                      int
	docIs, docReturns              int
	exported, documented           int
	ifAssignments                  int
	failures, failuresWithWant     int
	lengths                        []int
	methods                        map[string]int // by folder and type
	fields                         map[string]int // by folder and type
	lines                          map[string]int // by folder
	structs                        map[string]bool
}

// countCode counts all files.
func countCode(files []file) *counts {
	c := &counts{
		methods: make(map[string]int),
		fields:  make(map[string]int),
		lines:   make(map[string]int),
		structs: make(map[string]bool),
	}
	for _, f := range files {
		c.addStructs(f)
	}
	for _, f := range files {
		c.addLines(f)
		c.addStatements(f)
		if f.test {
			c.addFailures(f)
			continue
		}
		c.lines[f.folder] += len(f.lines)
		for _, decl := range f.syntax.Decls {
			c.addDeclaration(f, decl)
		}
	}
	return c
}

// addStructs notes the struct types of a file, by package name and type name.
func (c *counts) addStructs(f file) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		structure, ok := spec.Type.(*ast.StructType)
		if !ok {
			return true
		}
		c.structs[f.syntax.Name.Name+"."+spec.Name.Name] = true
		if !f.test {
			c.fields[f.folder+"."+spec.Name.Name] = fieldCount(structure)
		}
		return true
	})
}

// fieldCount returns how many fields a struct has; an embedded one counts as one.
func fieldCount(s *ast.StructType) (n int) {
	for _, field := range s.Fields.List {
		n += max(1, len(field.Names))
	}
	return n
}

// addLines counts the lines of over 140 letters.
func (c *counts) addLines(f file) {
	for _, line := range f.lines {
		if len([]rune(strings.ReplaceAll(line, "\t", "    "))) > 140 {
			c.longLines++
		}
	}
}

// addStatements counts assignments, and literals of our own structs without field names.
func (c *counts) addStatements(f file) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			c.assignments++
			if len(n.Rhs) > 1 {
				c.parallel++
			}
		case *ast.IfStmt:
			if init, ok := n.Init.(*ast.AssignStmt); ok && init.Tok != token.DEFINE {
				c.ifAssignments++
			}
		case *ast.CompositeLit:
			c.addLiteral(f, n)
		}
		return true
	})
}

// addLiteral counts a literal that is positional, or whose elements are.
func (c *counts) addLiteral(f file, literal *ast.CompositeLit) {
	if c.isStruct(f, literal.Type) && isPositional(literal) {
		c.positional++
	}
	element := elementType(literal.Type)
	if element == nil || !c.isStruct(f, element) {
		return
	}
	for _, e := range literal.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			e = pair.Value
		}
		if inner, ok := e.(*ast.CompositeLit); ok && inner.Type == nil && isPositional(inner) {
			c.positional++
		}
	}
}

// isStruct reports whether a type expression names a struct of this repository.
func (c *counts) isStruct(f file, expr ast.Expr) bool {
	switch t := expr.(type) {
	case *ast.Ident:
		return c.structs[f.syntax.Name.Name+"."+t.Name] || c.structs[strings.TrimSuffix(f.syntax.Name.Name, "_test")+"."+t.Name]
	case *ast.SelectorExpr:
		pkg, ok := t.X.(*ast.Ident)
		return ok && c.structs[pkg.Name+"."+t.Sel.Name]
	case *ast.StarExpr:
		return c.isStruct(f, t.X)
	}
	return false
}

// isPositional reports whether a literal has values without field names.
func isPositional(literal *ast.CompositeLit) bool {
	if len(literal.Elts) == 0 {
		return false
	}
	_, keyed := literal.Elts[0].(*ast.KeyValueExpr)
	return !keyed
}

// elementType returns the type of the elements of a list or map; nil for others.
func elementType(expr ast.Expr) ast.Expr {
	switch t := expr.(type) {
	case *ast.ArrayType:
		return t.Elt
	case *ast.MapType:
		return t.Value
	}
	return nil
}

var wantWord = regexp.MustCompile(`(?i)\bwant|\bexpect|\binstead of\b`)

// addFailures counts failing calls of a test, and those whose text says what was wanted.
func (c *counts) addFailures(f file) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || (method.Sel.Name != "Errorf" && method.Sel.Name != "Fatalf") {
			return true
		}
		if on, ok := method.X.(*ast.Ident); !ok || on.Name == "fmt" {
			return true
		}
		c.failures++
		if text, ok := call.Args[0].(*ast.BasicLit); ok && wantWord.MatchString(text.Value) {
			c.failuresWithWant++
		}
		return true
	})
}

// addDeclaration counts the names, the comment and the length of a declaration.
func (c *counts) addDeclaration(f file, decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		c.addFunction(f, d)
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			c.addSpec(d, spec)
		}
	}
}

var docStart = regexp.MustCompile(`^// \S+ (is|are|returns?|reports?|writes?) `)

// addFunction counts one function or method.
func (c *counts) addFunction(f file, d *ast.FuncDecl) {
	c.names++
	c.nameLetters += len(d.Name.Name)
	if len(d.Name.Name) <= 5 {
		c.shortNames++
	}
	c.lengths = append(c.lengths, f.length(d))
	if name := receiverName(d); name != "" {
		c.methods[f.folder+"."+name]++
	}
	if d.Name.IsExported() {
		c.exported++
		if d.Doc != nil {
			c.documented++
		}
	}
	if d.Doc == nil {
		return
	}
	start := docStart.FindStringSubmatch(d.Doc.List[0].Text)
	switch {
	case start == nil:
	case start[1] == "is" || start[1] == "are":
		c.docIs++
	default:
		c.docReturns++
	}
}

// addSpec counts one exported type, variable or constant.
func (c *counts) addSpec(d *ast.GenDecl, spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() {
			c.exported++
			if d.Doc != nil || s.Doc != nil {
				c.documented++
			}
		}
	case *ast.ValueSpec:
		if s.Names[0].IsExported() {
			c.exported++
			if d.Doc != nil || s.Doc != nil || s.Comment != nil {
				c.documented++
			}
		}
	}
}
