package snowflake_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/snowflake"
	"github.com/freshet-status/freshet/sources/snowflake/standin"
)

// TestEveryFaultEndsInTimeAndSaysWhatToDo expects every message byte for byte.
func TestEveryFaultEndsInTimeAndSaysWhatToDo(t *testing.T) {
	refused := func(code, says string) func(http.ResponseWriter) bool {
		return func(w http.ResponseWriter) bool { standin.WriteError(w, code, says); return true }
	}
	status := func(code int) func(http.ResponseWriter) bool {
		return func(w http.ResponseWriter) bool { w.WriteHeader(code); return true }
	}
	text := func(s string) func(http.ResponseWriter) bool {
		return func(w http.ResponseWriter) bool { _, _ = io.WriteString(w, s); return true }
	}
	hang := func(http.ResponseWriter) bool { time.Sleep(6 * time.Second); return true }
	onTables := func(a standin.Answer) map[string]standin.Answer {
		return views(map[string]standin.Answer{"ACCOUNT_USAGE.TABLES": a})
	}

	for name, tt := range map[string]struct {
		login func(http.ResponseWriter) bool
		views map[string]standin.Answer
		want  string
		quick bool // it ends long before the deadline
	}{
		"a wrong password": {
			login: refused("390100", "Incorrect username or password was specified."),
			want: "sign in: 390100 (08004): Incorrect username or password was specified.\n" +
				"hint: check the user and the secret",
			quick: true,
		},
		"an expired token": {
			login: refused("390318", "OAuth access token expired."),
			want:  "sign in: 390318 (08004): OAuth access token expired.\nhint: renew the token",
			quick: true,
		},
		"a key that is not the user's": {
			login: refused("390144", "JWT token is invalid."),
			want: "sign in: 390144 (08004): JWT token is invalid.\n" +
				"hint: set the user's public key: ALTER USER <user> SET RSA_PUBLIC_KEY = '...'; check the " +
				"clock of this machine",
			quick: true,
		},
		"a network policy": {
			login: refused("390422", "Incoming request with IP/Token is not allowed."),
			want: "sign in: 390422 (08004): Incoming request with IP/Token is not allowed.\n" +
				"hint: check the user, and the network policy of the account",
			quick: true,
		},
		"a wrong account": {
			login: status(403),
			want: "sign in: 260008 (08004): failed to connect to db. verify account name is correct. HTTP: " +
				"403, URL: URL\n" +
				"hint: check account, such as \"myorg-myaccount\", and the outbound firewall",
			quick: true,
		},
		"a page of a proxy at sign-in": {
			login: text("<html>blocked"),
			want: "sign in: response is not JSON\n" +
				"hint: check for a proxy or firewall that answers for Snowflake",
			quick: true,
		},
		"a cut answer at sign-in": {
			login: text(`{"data":{"tok`),
			want:  "sign in: response was cut off\nhint: check for a proxy or firewall",
			quick: true,
		},
		"it hangs at sign-in": {
			login: hang,
			want: "sign in: no response in time\n" +
				"hint: check the outbound firewall, or raise deadline in [[source]]",
		},
		"no warehouse": {
			views: onTables(standin.Answer{Code: "000606", Says: "No active warehouse selected in the current session."}),
			want: "TABLES: 000606 (42S02): No active warehouse selected in the current session.\n" +
				"hint: set warehouse in [[source]], and GRANT USAGE ON WAREHOUSE <warehouse> TO ROLE <role>",
			quick: true,
		},
		"a suspended warehouse": {
			views: onTables(standin.Answer{Code: "090073", Says: "Warehouse 'W' cannot be resumed."}),
			want: "TABLES: 090073 (42S02): Warehouse 'W' cannot be resumed.\n" +
				"hint: let the suspended warehouse resume: ALTER WAREHOUSE <warehouse> SET " +
				"AUTO_RESUME = TRUE",
			quick: true,
		},
		"no right to see the tables": {
			views: onTables(standin.Answer{Code: "002003", Says: "Object 'T' does not exist or not authorized."}),
			want: "TABLES: 002003 (42S02): Object 'T' does not exist or not authorized.\n" +
				"hint: GRANT DATABASE ROLE SNOWFLAKE.OBJECT_VIEWER TO ROLE <role>",
			quick: true,
		},
		"no table is no empty account": {
			views: onTables(tables()),
			want: "no tables visible: permission missing\n" +
				"hint: GRANT DATABASE ROLE SNOWFLAKE.OBJECT_VIEWER TO ROLE <role>",
			quick: true,
		},
		"an answer without anything": {
			views: onTables(standin.Answer{Intercept: text(`{"data":null,"success":true}`)}),
			want: "no tables visible: permission missing\n" +
				"hint: GRANT DATABASE ROLE SNOWFLAKE.OBJECT_VIEWER TO ROLE <role>",
			quick: true,
		},
		"a page of a proxy at a view": {
			views: onTables(standin.Answer{Intercept: text("<html>")}),
			want: "TABLES: response is not JSON\n" +
				"hint: check for a proxy or firewall that answers for Snowflake",
			quick: true,
		},
		"a cut answer at a view": {
			views: onTables(standin.Answer{Intercept: text(`{"data":{"rowset":[["RAW",`)}),
			want:  "TABLES: response was cut off\nhint: check for a proxy or firewall",
			quick: true,
		},
		"a session that is not let in": {
			views: onTables(standin.Answer{Intercept: status(401)}),
			want: "TABLES: 261000 (08006): failed to POST. HTTP: 401, URL: URL\n" +
				"hint: check for a proxy or a network policy; if the session only " +
				"ended, the next run signs in again",
			quick: true,
		},
		"a row that is too short": {
			views: onTables(standin.Answer{Columns: standin.TableColumns, Rows: [][]any{{"RAW", "ERP"}}}),
			want: "TABLES: response does not match the statement (sql: Scan error on column index 2, name " +
				"\"TABLE_NAME\": converting NULL to string is unsupported)\n" +
				"hint: check for a proxy or firewall that answers for Snowflake",
			quick: true,
		},
		"a number that is a word": {
			views: onTables(tables(table("RAW", "ERP", "GL", "BASE TABLE", "soon", ago(1), ago(1)))),
			want:  "TABLES: strconv.ParseInt: parsing \"soon\": invalid syntax",
			quick: true,
		},
		"it hangs at a view": {
			views: onTables(standin.Answer{Intercept: hang}),
			want: "TABLES: no response in time\n" +
				"hint: check the outbound firewall, or raise deadline in [[source]]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, tt.views)
			if tt.views == nil {
				a.SetViews(views(nil))
			}
			a.InterceptLogin = tt.login
			deadline := 3 * time.Second
			if tt.quick {
				deadline = time.Minute
			}
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			defer cancel()
			_, err := open(t, a, nil).Observe(ctx)
			if err == nil {
				t.Fatalf("Observe: got no error, want %s", tt.want)
			}
			got := regexp.MustCompile(`http://[a-z0-9.:/-]+`).ReplaceAllString(err.Error(), "URL")
			if got != tt.want {
				t.Errorf("error of Observe:\ngot  %s\nwant %s", got, tt.want)
			}
			if tt.quick && ctx.Err() != nil {
				t.Errorf("Observe: got its error after the deadline of %s, want it at once", deadline)
			}
			if strings.Contains(err.Error(), canary) {
				t.Error("error of Observe: got one that holds the secret, want one without it")
			}
		})
	}
}

func TestAServerThatIsBusyEndsInTime(t *testing.T) {
	for _, code := range []int{429, 503} {
		t.Run(itoa(code), func(t *testing.T) {
			t.Parallel()
			busy(t, code)
		})
	}
}

func busy(t *testing.T, code int) {
	a := newAccount(
		t,
		views(
			map[string]standin.Answer{
				"ACCOUNT_USAGE.TABLES": {Intercept: func(w http.ResponseWriter) bool { w.WriteHeader(code); return true }},
			},
		),
	)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := open(t, a, nil).Observe(ctx)
	if err == nil || !strings.Contains(err.Error(), "hint: wait for the next run: Snowflake is busy or in maintenance") {
		t.Errorf("Observe at status %d: got %v, want an error with the hint that Snowflake is busy", code, err)
	}
}

// TestAFaultInTheDriverIsOneOfItsStatement gives a row that is longer than its
// columns, on which the driver panics.
func TestAFaultInTheDriverIsOneOfItsStatement(t *testing.T) {
	long := []any{"RAW", "ERP", "GL", ago(30), ago(7), "and", "more"}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	answer, err := open(t, newAccount(t, views(map[string]standin.Answer{"TABLE_DML_HISTORY": dml(long)})), nil).Observe(ctx)
	if err != nil || ctx.Err() != nil || len(answer.Notes) != 1 {
		t.Fatalf("Observe: got %v, context %v, notes %q; want no error and 1 note", err, ctx.Err(), answer.Notes)
	}
	if want := "could not read TABLE_DML_HISTORY: internal error of the driver: runtime error: index " +
		"out of range [3] with length 3"; answer.Notes[0] != want {
		t.Errorf("note: got %q, want %q", answer.Notes[0], want)
	}
}

// TestAVisitEndsThoughTheSessionDoesNot has a server that never answers the end of a session.
func TestAVisitEndsThoughTheSessionDoesNot(t *testing.T) {
	a := newAccount(t, views(nil))
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	a.OnLogout = func() { <-over }
	if _, err := open(t, a, nil).Observe(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// key writes a private key, and returns it as PEM of a type.
func key(t *testing.T, kind string) string {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestSignIn(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	good := write("key.p8", key(t, "PRIVATE KEY"))
	locked := write("enc.pem", key(t, "ENCRYPTED PRIVATE KEY"))
	for name, tt := range map[string]struct {
		change func(*snowflake.Config)
		sent   string // of the body of the sign-in
		want   string // the error; "" is none
	}{
		"a key in a file": {func(c *snowflake.Config) {
			c.PasswordEnv = ""
			c.KeyFile = good
		}, "SNOWFLAKE_JWT", ""},
		"a key in the environment": {func(c *snowflake.Config) {
			c.PasswordEnv = ""
			c.KeyEnv = "KEY"
		}, "SNOWFLAKE_JWT", ""},
		"a key that is not there": {func(c *snowflake.Config) {
			c.PasswordEnv = ""
			c.KeyFile = dir + "/none"
		}, "", "private key: open " + dir + "/none: no such file or directory"},
		"a key of another kind": {func(c *snowflake.Config) {
			c.PasswordEnv = ""
			c.KeyFile = write("old.pem", key(t, "RSA PRIVATE KEY"))
		}, "", "private key " + dir + "/old.pem: PKCS #1 is not supported\nhint: convert the key with openssl pkcs8 -topk8"},
		"a key with a passphrase": {func(c *snowflake.Config) {
			c.PasswordEnv = ""
			c.KeyFile = write("enc.pem", key(t, "ENCRYPTED PRIVATE KEY"))
		}, "", "private key " + dir + "/enc.pem: passphrase required\nhint: set passphrase_env to the variable that holds the passphrase"},
		"a wrong passphrase": {func(c *snowflake.Config) {
			c.PasswordEnv = ""
			c.KeyFile = locked
			c.PassphraseEnv = "PASSWORD"
		}, "", "private key " + dir + "/enc.pem: wrong passphrase, or unsupported encryption"},
		"no PEM": {func(c *snowflake.Config) {
			c.PasswordEnv = ""
			c.KeyFile = write("x", canary)
		}, "", "private key " + dir + "/x: not in PEM format\nhint: use a key that begins with -----BEGIN PRIVATE KEY-----"},
		"a token in a file": {func(c *snowflake.Config) {
			c.PasswordEnv = ""
			c.TokenFile = write("token", "  tok-1\n")
		}, "tok-1", ""},
		"an empty token": {func(c *snowflake.Config) {
			c.PasswordEnv = ""
			c.TokenFile = write("empty", "\n")
		}, "", "token in " + dir + "/empty: empty"},
		"a token of workload identity": {func(c *snowflake.Config) {
			c.PasswordEnv = ""
			c.Authenticator = "workload_identity"
			c.Provider = "OIDC"
			c.TokenFile = write("jwt", unsigned(`{"alg":"none"}`, `{"iss":"https://issuer.example","sub":"freshet"}`)+"\n")
		}, `"PROVIDER":"OIDC"`, ""},
		"nothing to sign in with": {
			change: func(c *snowflake.Config) { c.PasswordEnv = "" },
			sent:   "",
			want: "sign in: no key, token or password is set\n" +
				"hint: set private_key_file, private_key_env, token_file, token_env or password_env",
		},
		"a connection of the command line": {
			change: func(c *snowflake.Config) { *c = snowflake.Config{}; c.Connection = "prod" },
			sent:   "SNOWFLAKE_JWT",
			want:   "",
		},
		"a connection that is not there": {
			change: func(c *snowflake.Config) { *c = snowflake.Config{}; c.Connection = "dev" },
			sent:   "",
			want: "connection \"dev\": not found in DIR/connections.toml or DIR/config.toml\n" +
				"hint: run snow connection list to see the names",
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, views(nil))
			write(
				"snow/connections.toml",
				"[prod]\naccount = \"acme-prod\"\nuser = \"FRESHET\"\nhost = \"127.0.0.1\"\nport = "+itoa(
					a.Port(),
				)+"\nprotocol = \"http\"\nprivate_key_file = \""+good+"\"\n",
			)
			c := new(snowflake.Config)
			c.Account = "acme-prod"
			c.User = "FRESHET"
			c.PasswordEnv = "PASSWORD"
			c.Host = "127.0.0.1"
			c.Port = a.Port()
			c.Protocol = "http"
			tt.change(c)
			if faults := c.Faults(); len(faults) > 0 {
				t.Fatalf("Faults: got %v, want none", faults)
			}
			pemText, _ := os.ReadFile(good)
			src := c.Open(sources.Setting{Name: "snowflake", Dir: dir, Env: func(name string) string {
				return map[string]string{
					"PASSWORD":       canary,
					"KEY":            string(pemText),
					"SNOWFLAKE_HOME": filepath.Join(dir, "snow"),
				}[name]
			}, Now: func() time.Time { return now }})
			_, err := src.Observe(context.Background())
			if got := message(err, filepath.Join(dir, "snow")); got != tt.want {
				t.Errorf("error of Observe: got %q, want %q", got, tt.want)
			}
			if !strings.Contains(a.LastLogin(), tt.sent) {
				t.Errorf("sign-in: got one without %s, want it sent", tt.sent)
			}
		})
	}
}

// unsigned is a token of these parts.
func unsigned(head, claims string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(head)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
}

func message(err error, dir string) string {
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(err.Error(), dir, "DIR")
}

func TestFaultsOfTheConfig(t *testing.T) {
	c := snowflake.Config{Mode: "fast", Databases: []string{"["}}
	c.Account = "https://acme.snowflakecomputing.com"
	c.Host = "https://host"
	c.Authenticator = "magic"
	c.Protocol = "HTTP"
	var got []string
	for _, f := range c.Faults() {
		got = append(got, f.Key+": "+f.Says)
	}
	want := []string{
		`mode: must be one of ["auto" "account_usage" "information_schema"] (got "fast")`,
		`databases: must be globs such as "RAW*" (got "[")`,
		`protocol: must be https, except for a host of this machine (got "http")`,
		`account: must be the account name only, such as "myorg-myaccount" (got "https://acme.snowflakecomputing.com")`,
		`host: must be a host name without a scheme (got "https://host")`,
		`authenticator: not supported (got "magic")`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("faults: got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestConnectNamesTheGrantThatIsMissing(t *testing.T) {
	a := newAccount(
		t,
		views(map[string]standin.Answer{"TABLE_DML_HISTORY": {Code: "002003", Says: "does not exist or not authorized"}}),
	)
	works, missing := open(t, a, nil).(sources.Connector).Connect(context.Background())
	want := []string{
		"signed in: role FRESHET_RO, warehouse FRESHET_WH",
		"TABLES: readable",
		"DYNAMIC_TABLE_REFRESH_HISTORY: readable",
		"OBJECT_DEPENDENCIES: readable",
	}
	if strings.Join(works, "\n") != strings.Join(want, "\n") {
		t.Errorf("works: got %q, want %q", works, want)
	}
	if len(missing) != 1 ||
		missing[0].Error() != "TABLE_DML_HISTORY: 002003 (42S02): does not exist or not authorized\n"+
			"hint: GRANT DATABASE ROLE SNOWFLAKE.USAGE_VIEWER TO ROLE FRESHET_RO" {
		t.Errorf("missing: got %q, want only TABLE_DML_HISTORY, with its grant as hint", missing)
	}
}
