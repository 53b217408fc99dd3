package snowflake

import (
	"cmp"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	sf "github.com/snowflakedb/gosnowflake/v2"
	"github.com/youmark/pkcs8"

	"github.com/freshet-status/freshet/sources"
)

// signIn is how site.toml says who freshet is in Snowflake. Secrets are never
// in it: it names files, or variables of the environment.
type signIn struct {
	Connection    string `toml:"connection"` // a name in Snowflake's own connections.toml or config.toml
	Account       string `toml:"account"`    // such as "myorg-myaccount"
	User          string `toml:"user"`
	Role          string `toml:"role"`
	Warehouse     string `toml:"warehouse"`
	Authenticator string `toml:"authenticator"` // "snowflake_jwt", "programmatic_access_token", "oauth", "workload_identity", "externalbrowser", "snowflake"; default: by what is given
	Provider      string `toml:"workload_identity_provider"`
	Host          string `toml:"host"` // for private links and tests
	Port          int    `toml:"port"`
	Protocol      string `toml:"protocol"`

	KeyFile       string `toml:"private_key_file"`
	KeyEnv        string `toml:"private_key_env"` // the variable that holds the PEM
	PassphraseEnv string `toml:"passphrase_env"`  // of the key
	TokenFile     string `toml:"token_file"`      // of a programmatic access token or OAuth; read anew each visit
	TokenEnv      string `toml:"token_env"`
	PasswordEnv   string `toml:"password_env"`
}

func (c signIn) faults() (faults []sources.Fault) {
	if c.Connection != "" {
		return nil
	}
	if c.Account == "" {
		faults = append(faults, sources.Fault{Key: "account", Says: `is required, such as "myorg-myaccount", or connection names one of connections.toml`})
	}
	if strings.Contains(c.Account, "://") || strings.Contains(c.Account, ".snowflakecomputing.") {
		faults = append(faults, sources.Fault{Key: "account", Says: fmt.Sprintf("must be the account alone, such as \"myorg-myaccount\", is %q", c.Account)})
	}
	if strings.Contains(c.Host, "/") {
		faults = append(faults, sources.Fault{Key: "host", Says: fmt.Sprintf("must be a name without a scheme, is %q", c.Host)})
	}
	if a := c.method(); authenticators[a] == nil {
		faults = append(faults, sources.Fault{Key: "authenticator", Says: fmt.Sprintf("is not known: %q", c.Authenticator)})
	} else if c.User == "" && a != "workload_identity" && a != "oauth" && a != "programmatic_access_token" {
		faults = append(faults, sources.Fault{Key: "user", Says: "is required"})
	}
	return faults
}

// method is how to sign in: as said, or by what is given.
func (c signIn) method() string {
	switch {
	case c.Authenticator != "":
		return strings.ToLower(c.Authenticator)
	case c.TokenFile != "" || c.TokenEnv != "":
		return "programmatic_access_token"
	case c.PasswordEnv != "":
		return "snowflake"
	default:
		return "snowflake_jwt"
	}
}

// authenticators fill in what each way to sign in needs.
var authenticators = map[string]func(*sf.Config, signIn, sources.Setting) error{
	"snowflake_jwt":             keyPair,
	"programmatic_access_token": func(c *sf.Config, s signIn, e sources.Setting) error { return token(c, s, e, sf.AuthTypePat) },
	"oauth":                     func(c *sf.Config, s signIn, e sources.Setting) error { return token(c, s, e, sf.AuthTypeOAuth) },
	"workload_identity":         workload,
	"externalbrowser": func(c *sf.Config, _ signIn, _ sources.Setting) error {
		c.Authenticator = sf.AuthTypeExternalBrowser
		return nil
	},
	"snowflake": password,
}

// Times within which the driver gives up. A visit has a deadline beside them.
const (
	attemptTimeout = 90 * time.Second
	retryTimeout   = time.Minute
	closeTimeout   = 3 * time.Second
)

// config is what the driver is told, made anew for each visit: tokens and keys
// change.
func (s *source) config() (*sf.Config, error) {
	in, setting := s.signIn, s.setting
	if in.Connection != "" {
		var err error
		if in, setting, err = s.connection(); err != nil {
			return nil, err
		}
	}
	c := &sf.Config{
		Account: in.Account, User: in.User, Role: in.Role, Warehouse: in.Warehouse, Host: in.Host, Port: in.Port, Protocol: in.Protocol,
		Application: "freshet", MaxRetryCount: 2,
		Params: map[string]*string{"TIMEZONE": ptr("UTC"), "QUERY_TAG": ptr("freshet"), "CLIENT_TELEMETRY_ENABLED": ptr("false"),
			"CLIENT_PREFETCH_THREADS": ptr("2")}, // parts of an answer that are held at once
	}
	bound(c)
	fill := authenticators[in.method()]
	if fill == nil {
		return nil, fmt.Errorf("authenticator %q is not known", in.Authenticator)
	}
	return c, fill(c, in, setting)
}

// bound limits every attempt: without it the driver waits for hours.
//
//lint:file-ignore SA1019 these fields may move in a later version, and are the only way in this one
func bound(c *sf.Config) {
	c.LoginTimeout, c.RequestTimeout = retryTimeout, retryTimeout
	c.ClientTimeout, c.JWTClientTimeout = attemptTimeout, attemptTimeout
}

func ptr(s string) *string { return &s }

// keyPair signs in with an RSA key: PKCS #8 in PEM, with a passphrase or
// without.
func keyPair(c *sf.Config, in signIn, e sources.Setting) error {
	c.Authenticator = sf.AuthTypeJwt
	from, text := "$"+in.KeyEnv, []byte(nil)
	switch {
	case in.KeyFile != "":
		from = in.KeyFile
		data, err := os.ReadFile(e.Path(in.KeyFile))
		if err != nil {
			return fmt.Errorf("private key: %w", err)
		}
		text = data
	case in.KeyEnv != "":
		text = []byte(e.Env(in.KeyEnv))
	default:
		return errors.New("there is nothing to sign in with\nhint: private_key_file, private_key_env, token_file, token_env or password_env names it")
	}
	key, err := parseKey(text, []byte(env(e, in.PassphraseEnv)))
	if err != nil {
		return fmt.Errorf("private key %s: %w", from, err)
	}
	c.PrivateKey = key
	return nil
}

func env(e sources.Setting, name string) string {
	if name == "" {
		return ""
	}
	return e.Env(name)
}

// parseKey reads a key, and never says anything of what is in it.
func parseKey(text, passphrase []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("is no PEM\nhint: it begins with -----BEGIN PRIVATE KEY-----")
	}
	if block.Type == "RSA PRIVATE KEY" {
		return nil, errors.New("is an old PKCS #1 key\nhint: openssl pkcs8 -topk8 makes a PKCS #8 key of it")
	}
	encrypted := block.Type == "ENCRYPTED PRIVATE KEY"
	if encrypted && len(passphrase) == 0 {
		return nil, errors.New("has a passphrase\nhint: passphrase_env names the variable that holds it")
	}
	if !encrypted {
		passphrase = nil
	}
	key, err := pkcs8.ParsePKCS8PrivateKeyRSA(block.Bytes, passphrase)
	if err != nil && encrypted {
		return nil, errors.New("does not open with this passphrase")
	}
	if err != nil {
		return nil, errors.New("is no RSA key in PKCS #8")
	}
	return key, nil
}

// token signs in with a token, read anew: whoever renews it writes the file.
func token(c *sf.Config, in signIn, e sources.Setting, as sf.AuthType) error {
	c.Authenticator = as
	c.Token = strings.TrimSpace(env(e, in.TokenEnv))
	if in.TokenFile != "" {
		data, err := os.ReadFile(e.Path(in.TokenFile))
		if err != nil {
			return fmt.Errorf("token: %w", err)
		}
		c.Token = strings.TrimSpace(string(data))
	}
	if c.Token == "" {
		return fmt.Errorf("the token in %s is empty", cmp.Or(in.TokenFile, "$"+in.TokenEnv))
	}
	return nil
}

// workload signs in as what the cloud says that this machine is; of the
// provider "OIDC" a token says it.
func workload(c *sf.Config, in signIn, e sources.Setting) error {
	c.WorkloadIdentityProvider = in.Provider
	if in.TokenFile != "" || in.TokenEnv != "" {
		return token(c, in, e, sf.AuthTypeWorkloadIdentityFederation)
	}
	c.Authenticator = sf.AuthTypeWorkloadIdentityFederation
	return nil
}

func password(c *sf.Config, in signIn, e sources.Setting) error {
	c.Authenticator = sf.AuthTypeSnowflake
	if c.Password = env(e, in.PasswordEnv); c.Password == "" {
		return fmt.Errorf("the password in $%s is empty", in.PasswordEnv)
	}
	return nil
}
