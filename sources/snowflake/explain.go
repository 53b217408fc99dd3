package snowflake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"

	sf "github.com/snowflakedb/gosnowflake/v2"
)

// grantStatements holds the statement that grants access to each view.
var grantStatements = map[string]string{
	"TABLES":                        "GRANT DATABASE ROLE SNOWFLAKE.OBJECT_VIEWER TO ROLE <role>",
	"TABLE_DML_HISTORY":             "GRANT DATABASE ROLE SNOWFLAKE.USAGE_VIEWER TO ROLE <role>",
	"DYNAMIC_TABLE_REFRESH_HISTORY": "GRANT DATABASE ROLE SNOWFLAKE.USAGE_VIEWER TO ROLE <role>",
	"OBJECT_DEPENDENCIES":           "GRANT DATABASE ROLE SNOWFLAKE.OBJECT_VIEWER TO ROLE <role>",
	"ACCESS_HISTORY":                "GRANT DATABASE ROLE SNOWFLAKE.GOVERNANCE_VIEWER TO ROLE <role> (Enterprise edition)",
}

// isDenied reports whether err means that an object does not exist or is not authorized.
// Snowflake does not distinguish the two.
func isDenied(err error) bool {
	n := errorNumber(err)
	return n == 2003 || n == 2043 || n == 3001
}

// isInvalidColumn reports whether err means that a column does not exist.
func isInvalidColumn(err error) bool {
	n := errorNumber(err)
	return n == 904 || n == 2043
}

// errorNumber returns the number of an error of Snowflake, or 0 for any other error.
func errorNumber(err error) int {
	var e *sf.SnowflakeError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

// errorHints holds what to do about an error of Snowflake, by its number.
var errorHints = map[int]string{
	390100: "is it the right user, and the right secret?",
	390101: "is it the right user, and the right secret?",
	390144: "the key is not the user's: ALTER USER <user> SET RSA_PUBLIC_KEY = '...', and is the clock here right?",
	390186: "GRANT ROLE <role> TO USER <user>",
	390189: "GRANT ROLE <role> TO USER <user>",
	390201: "the database, schema, warehouse or role of the sign-in does not exist, or may not be used",
	390318: "renew the token",
	390303: "renew the token",
	394400: "renew the programmatic access token: it is wrong, expired or disabled",
	390422: "is it the right user? Or a network policy of the account does not let this address in",
	390111: "the session ended; the next run signs in anew",
	390114: "the session ended; the next run signs in anew",
	606:    "set warehouse in [[source]], and GRANT USAGE ON WAREHOUSE <warehouse> TO ROLE <role>",
	90073:  "the warehouse is suspended and may not resume: ALTER WAREHOUSE <warehouse> SET AUTO_RESUME = TRUE",
	604:    "the statement was cancelled",
	630:    "the statement reached its timeout: raise STATEMENT_TIMEOUT_IN_SECONDS, or name fewer databases",
	260008: "is account right, such as \"myorg-myaccount\"? Is the address let out of this network?",
	261004: "is account right, such as \"myorg-myaccount\"?",
	262000: "parts of a result come from cloud storage, which must be let out of this network too: SELECT SYSTEM$ALLOWLIST()",
}

// explainError returns err with step in front and, if one is known, a hint on a second line.
// The first word of step is the view that was read, which decides the grant to suggest. Secrets
// and signed addresses are removed.
func (s *source) explainError(step string, err error) error {
	says := scrubSecrets(err.Error())
	hint := errorHints[errorNumber(err)]
	var syntax *json.SyntaxError
	var timeout net.Error
	switch {
	case hint != "":
	case strings.Contains(says, "\nhint: "):
		return fmt.Errorf("%s: %s", step, says)
	case isDenied(err):
		hint = grantStatements[strings.Fields(step)[0]]
	case errors.As(err, &syntax):
		says = "the answer is no JSON but, it seems, a page of HTML"
		hint = "a proxy or a firewall answers for Snowflake"
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		says = "the answer was cut"
		hint = "a proxy or a firewall may stand between"
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout():
		says = "no answer in time"
		hint = "is the address let out of this network? raise deadline in [[source]] if it is only slow"
	case strings.Contains(says, "HTTP Status: 429") || strings.Contains(says, "HTTP Status: 5"):
		hint = "Snowflake is busy or in maintenance: the next run tries again"
	case strings.Contains(says, "HTTP: 401") || strings.Contains(says, "HTTP: 403"):
		hint = "the session is not let in: a proxy or a network policy may stand between, or it ended, and the " +
			"next run signs in anew"
	case strings.Contains(says, "connection refused") || strings.Contains(says, "no such host"):
		hint = "is account right, such as \"myorg-myaccount\"? Is the address let out of this network?"
	}
	if hint == "" {
		return fmt.Errorf("%s: %s", step, says)
	}
	return fmt.Errorf("%s: %s\nhint: %s", step, says, hint)
}

var (
	// queryStrings matches the query strings of addresses, which contain signatures and request
	// ids.
	queryStrings = regexp.MustCompile(`\?[^\s"']*`)
	// signatures matches a secret that follows its name, such as "token=…".
	signatures = regexp.MustCompile(`(?i)(signature|sig|token|password|passcode|X-Amz-[A-Za-z-]+)[=*]+[^\s&"']+`)
	// lineEnds matches a line break and the spaces around it.
	lineEnds = regexp.MustCompile(`\s*\n\s*`)
)

// scrubSecrets removes query strings, signatures and tokens from text, and joins its lines with
// spaces. A hint stays on its own line.
func scrubSecrets(text string) string {
	head, hint, hinted := strings.Cut(text, "\nhint: ")
	head = signatures.ReplaceAllString(queryStrings.ReplaceAllString(head, ""), "$1=…")
	head = lineEnds.ReplaceAllString(strings.TrimSpace(head), " ")
	if hinted {
		return head + "\nhint: " + hint
	}
	return head
}
