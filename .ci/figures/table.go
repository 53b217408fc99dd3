package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A row is one figure beside its aim.
type row struct {
	name, today, aim string
}

// rows returns all figures in the order in which they are printed.
func (c *counts) rows() []row {
	widest := largest(c.methods)
	fullest := largest(c.fields)
	return []row{
		{name: "function names of five letters or fewer", today: percent(c.shortNames, c.names), aim: "at most 20 %"},
		{name: "mean function name, letters", today: ratio(c.nameLetters, c.names), aim: "at least 9"},
		{name: "parallel assignments", today: percent(c.parallel, c.assignments), aim: "at most 1 %"},
		{name: "assignments with = in an if header", today: fmt.Sprint(c.ifAssignments), aim: "0"},
		{name: "positional literals of our own types", today: fmt.Sprint(c.positional), aim: "0"},
		{name: "lines over 140 letters", today: fmt.Sprint(c.longLines), aim: "0"},
		{name: `function comments "X is", "X are"`, today: fmt.Sprint(c.docIs), aim: "no more than the next"},
		{name: `function comments "X returns", "reports", "writes"`, today: fmt.Sprint(c.docReturns), aim: ""},
		{name: "exported names with a comment", today: percent(c.documented, c.exported), aim: "at least 97 %"},
		{name: "largest method set: " + widest.name, today: fmt.Sprint(widest.value), aim: "at most 30"},
		{name: "largest struct: " + fullest.name, today: fmt.Sprint(fullest.value), aim: "at most 20 fields"},
		{name: "function length, 50th percentile, lines", today: fmt.Sprint(sortedShare(c.lengths, 0.5)), aim: ""},
		{name: "function length, 90th percentile, lines", today: fmt.Sprint(sortedShare(c.lengths, 0.9)), aim: "at most 24"},
		{name: "longest function, lines", today: fmt.Sprint(sortedShare(c.lengths, 1)), aim: "at most 50"},
		{name: "test failures that say what was wanted", today: percent(c.failuresWithWant, c.failures), aim: "at least 50 %"},
		{name: "packages of fewer than 300 lines", today: c.packages(0, 299), aim: ""},
		{name: "packages of more than 2,000 lines", today: c.packages(2001, 1_000_000), aim: "none"},
	}
}

// percent returns a share with one digit after the point.
func percent(part, whole int) string {
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(max(whole, 1)))
}

// ratio returns a quotient with one digit after the point.
func ratio(sum, n int) string { return fmt.Sprintf("%.1f", float64(sum)/float64(max(n, 1))) }

// A named is a figure of one type or package.
type named struct {
	name  string
	value int
}

// largest returns the greatest figure; of equal ones the first by name.
func largest(figures map[string]int) (most named) {
	for _, name := range slices.Sorted(maps.Keys(figures)) {
		if figures[name] > most.value {
			most = named{name: name, value: figures[name]}
		}
	}
	return most
}

// packages names the packages whose lines lie between two bounds, the largest first.
func (c *counts) packages(least, most int) string {
	var found []named
	for folder, lines := range c.lines {
		if lines >= least && lines <= most {
			found = append(found, named{name: folder, value: lines})
		}
	}
	slices.SortFunc(found, func(a, b named) int {
		return cmp.Or(b.value-a.value, strings.Compare(a.name, b.name))
	})
	words := []string{fmt.Sprint(len(found))}
	for _, p := range found {
		words = append(words, fmt.Sprintf("\n    %s (%d)", p.name, p.value))
	}
	return strings.Join(words, "")
}
