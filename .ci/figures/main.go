// Command figures prints how readable the Go code of this repository is: a table
// of counts beside the values that we aim at. It fails no build.
//
//	go run .ci/figures/*.go
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	files, err := parseFiles(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(1)
	}
	code := countCode(files)
	fmt.Printf("%-58s %12s  %s\n", "figure", "today", "aim")
	for _, row := range code.rows() {
		fmt.Printf("%-58s %12s  %s\n", row.name, row.today, row.aim)
	}
}

// A file is one parsed Go file with its lines.
type file struct {
	path   string
	folder string
	test   bool
	lines  []string
	set    *token.FileSet
	syntax *ast.File
}

// parseFiles reads every Go file below root, hidden folders left out, in the order of their paths.
func parseFiles(root string) ([]file, error) {
	var files []file
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := entry.IsDir() && path != root && strings.HasPrefix(entry.Name(), ".")
		if hidden || entry.Name() == "node_modules" {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		parsed, err := parseFile(path)
		files = append(files, parsed)
		return err
	})
	return files, err
}

// parseFile reads one Go file with its comments.
func parseFile(path string) (file, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return file{}, err
	}
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, path, text, parser.ParseComments)
	return file{
		path:   path,
		folder: filepath.ToSlash(filepath.Dir(path)),
		test:   strings.HasSuffix(path, "_test.go"),
		lines:  strings.Split(string(text), "\n"),
		set:    set,
		syntax: syntax,
	}, err
}

// length returns how many lines a node covers.
func (f file) length(n ast.Node) int {
	return f.set.Position(n.End()).Line - f.set.Position(n.Pos()).Line + 1
}

// receiverName returns the type of a method's receiver; "" for a function.
func receiverName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	kind := f.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	if generic, ok := kind.(*ast.IndexExpr); ok {
		kind = generic.X
	}
	name, _ := kind.(*ast.Ident)
	if name == nil {
		return ""
	}
	return name.Name
}

// sortedShare returns the value below which the given share of values lies; 0 for none.
func sortedShare(values []int, share float64) int {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(float64(len(sorted)-1)*share)]
}
