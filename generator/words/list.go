package words

import "strings"

// JoinOr returns strings as a choice, such as "a, b or c"; "" if there are none.
func JoinOr(choices []string) string {
	if len(choices) < 2 {
		return strings.Join(choices, "")
	}
	last := len(choices) - 1
	return strings.Join(choices[:last], ", ") + " or " + choices[last]
}
