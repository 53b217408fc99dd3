package config

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/freshet-status/freshet/generator/lineage"
)

// suggestKey returns " (did you mean X?)" for the first TOML key of the struct into that is at
// most two edits from key, or "" if there is none.
func suggestKey(key string, into any) string {
	t := reflect.TypeOf(into)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return ""
	}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		if name != "" && lineage.EditDistance(key, name) <= 2 {
			return fmt.Sprintf(" (did you mean %s?)", name)
		}
	}
	return ""
}
