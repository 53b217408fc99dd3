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
	"TABLE_STORAGE_METRICS":         "GRANT DATABASE ROLE SNOWFLAKE.USAGE_VIEWER TO ROLE <role>",
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
	390100: "check the user and the secret",
	390101: "check the user and the secret",
	390144: "set the user's public key: ALTER USER <user> SET RSA_PUBLIC_KEY = '...'; check the clock of this machine",
	390186: "GRANT ROLE <role> TO USER <user>",
	390189: "GRANT ROLE <role> TO USER <user>",
	390201: "check that the database, schema, warehouse and role of the sign-in exist and may be used",
	390318: "renew the token",
	390303: "renew the token",
	394400: "renew the programmatic access token: it is wrong, expired or disabled",
	390422: "check the user, and the network policy of the account",
	390111: "wait for the next run, which signs in again: the session ended",
	390114: "wait for the next run, which signs in again: the session ended",
	606:    "set warehouse in [[source]], and GRANT USAGE ON WAREHOUSE <warehouse> TO ROLE <role>",
	90073:  "let the suspended warehouse resume: ALTER WAREHOUSE <warehouse> SET AUTO_RESUME = TRUE",
	604:    "wait for the next run: the statement was canceled",
	630:    "raise STATEMENT_TIMEOUT_IN_SECONDS, or list fewer databases: the statement reached its timeout",
	260008: "check account, such as \"myorg-myaccount\", and the outbound firewall",
	261004: "check account, such as \"myorg-myaccount\"",
	262000: "open the outbound firewall to the cloud storage of results: SELECT SYSTEM$ALLOWLIST() lists the hosts",
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
		says = "response is not JSON"
		hint = "check for a proxy or firewall that answers for Snowflake"
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		says = "response was cut off"
		hint = "check for a proxy or firewall"
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout():
		says = "no response in time"
		hint = "check the outbound firewall, or raise deadline in [[source]]"
	case strings.Contains(says, "HTTP Status: 429") || strings.Contains(says, "HTTP Status: 5"):
		hint = "wait for the next run: Snowflake is busy or in maintenance"
	case strings.Contains(says, "HTTP: 401") || strings.Contains(says, "HTTP: 403"):
		hint = "check for a proxy or a network policy; if the session only ended, the " +
			"next run signs in again"
	case strings.Contains(says, "connection refused") || strings.Contains(says, "no such host"):
		hint = "check account, such as \"myorg-myaccount\", and the outbound firewall"
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
