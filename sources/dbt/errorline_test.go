package dbt_test

import (
	"testing"

	"github.com/freshet-status/freshet/sources/dbt"
)

func TestTheErrorOfABuildSaysWhatIsWrong(t *testing.T) {
	for name, tt := range map[string]struct{ message, want string }{
		"one line": {"Relation is missing", "Relation is missing"},
		"the line that names the model is left out": {
			"Database Error in model fct (models/fct.sql)\n  Numeric value 'x' is not recognized\n  compiled code at target/run/fct.sql",
			"Numeric value 'x' is not recognized",
		},
		"a line that only announces the reason is joined with it": {
			"Database Error in model fct (models/fct.sql)\n  001003 (42000): SQL compilation error:\n" +
				"  syntax error line 3 at position 5 unexpected 'FROM'.\n  compiled code at target/run/fct.sql",
			"001003 (42000): SQL compilation error: syntax error line 3 at position 5 unexpected 'FROM'.",
		},
		"two such lines": {
			"Database Error in model fct\n  002003 (02000): SQL compilation error:\n\n  Object:\n  'RAW.GL' does not exist",
			"002003 (02000): SQL compilation error: Object: 'RAW.GL' does not exist",
		},
		"an announcement without a reason": {"SQL compilation error:\ncompiled code at target/run/fct.sql", "SQL compilation error:"},
		"nothing":                          {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := dbt.FirstErrorLine(tt.message); got != tt.want {
				t.Errorf("error of %q: got %q, want %q", tt.message, got, tt.want)
			}
		})
	}
}
