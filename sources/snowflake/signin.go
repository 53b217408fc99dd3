package snowflake

import (
	"cmp"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	sf "github.com/snowflakedb/gosnowflake/v2"
	"github.com/youmark/pkcs8"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/httpclient"
)

// A signIn holds the keys of site.toml that say which account to sign in to, as whom and how.
// It never holds a secret: it names files or environment variables that do.
type signIn struct {
	Connection    string `toml:"connection"` // name of a connection in Snowflake's own connections.toml or config.toml
	Account       string `toml:"account"`    // such as "myorg-myaccount"
	User          string `toml:"user"`
	Role          string `toml:"role"`
	Warehouse     string `toml:"warehouse"`
	Authenticator string `toml:"authenticator"` // one of authenticators; by default the keys below decide
	Provider      string `toml:"workload_identity_provider"`
	Host          string `toml:"host"` // host name without a scheme, for private links and tests
	Port          int    `toml:"port"`
	Protocol      string `toml:"protocol"`

	KeyFile       string `toml:"private_key_file"`
	KeyEnv        string `toml:"private_key_env"` // environment variable that holds the PEM text
	PassphraseEnv string `toml:"passphrase_env"`  // environment variable that holds the passphrase of the key
	TokenFile     string `toml:"token_file"`      // file that holds a programmatic access token or an OAuth token; read for each session
	TokenEnv      string `toml:"token_env"`
	PasswordEnv   string `toml:"password_env"`
}

// faults returns the sign-in keys that are missing or invalid. It skips a named connection,
// whose keys are in another file.
func (c signIn) faults() (faults []sources.Fault) {
	if c.Connection != "" {
		return nil
	}
	if err := c.rejectPlainHTTP(); err != nil {
		_, says, _ := strings.Cut(err.Error(), ": ")
		faults = append(faults, sources.Fault{Key: "protocol", Says: says})
	}
	if c.Account == "" {
		faults = append(
			faults,
			sources.Fault{
				Key:  "account",
				Says: `required, such as "myorg-myaccount", unless connection names an entry of connections.toml`,
			},
		)
	}
	if strings.Contains(c.Account, "://") || strings.Contains(c.Account, ".snowflakecomputing.") {
		faults = append(
			faults,
			sources.Fault{
				Key:  "account",
				Says: fmt.Sprintf("must be the account name only, such as \"myorg-myaccount\" (got %q)", c.Account),
			},
		)
	}
	if strings.Contains(c.Host, "/") {
		faults = append(
			faults,
			sources.Fault{Key: "host", Says: fmt.Sprintf("must be a host name without a scheme (got %q)", c.Host)},
		)
	}
	if a := c.chooseAuthenticator(); authenticators[a] == nil {
		faults = append(
			faults,
			sources.Fault{Key: "authenticator", Says: fmt.Sprintf("not supported (got %q)", c.Authenticator)},
		)
	} else if c.User == "" && a != "workload_identity" && a != "oauth" && a != "programmatic_access_token" {
		faults = append(faults, sources.Fault{Key: "user", Says: "required"})
	}
	return faults
}

// chooseAuthenticator returns the authenticator of site.toml in lower case. Without one, a
// token implies "programmatic_access_token", a password "snowflake", and anything else
// "snowflake_jwt".
func (c signIn) chooseAuthenticator() string {
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

// rejectPlainHTTP returns an error if the connection is neither encrypted nor to this machine, so that others
// could read the secret.
func (c signIn) rejectPlainHTTP() error {
	if httpclient.IsInsecure(&url.URL{Scheme: strings.ToLower(c.Protocol), Host: c.Host}) {
		return errors.New("protocol: must be https, except for a host of this machine (got \"http\")")
	}
	return nil
}

// authenticators maps the name of each authenticator to the function that sets the fields of
// the driver's configuration that it needs.
var authenticators = map[string]func(*sf.Config, signIn, sources.Setting) error{
	"snowflake_jwt": setKeyPair,
	"programmatic_access_token": func(c *sf.Config, s signIn, e sources.Setting) error {
		return setToken(c, s, e, sf.AuthTypePat)
	},
	"oauth": func(c *sf.Config, s signIn, e sources.Setting) error {
		return setToken(c, s, e, sf.AuthTypeOAuth)
	},
	"workload_identity": setWorkloadIdentity,
	"externalbrowser": func(c *sf.Config, _ signIn, _ sources.Setting) error {
		c.Authenticator = sf.AuthTypeExternalBrowser
		return nil
	},
	"snowflake": setPassword,
}

// Timeouts of one HTTP call, of all retries of a request, and of the end of a
// session. The deadline of a visit applies as well.
const (
	attemptTimeout = 90 * time.Second
	retryTimeout   = time.Minute
	closeTimeout   = 3 * time.Second
)

// driverConfig returns the configuration of the driver. It is built for each session, because
// tokens and keys change. It errs if a secret is missing or cannot be read.
func (s *source) driverConfig() (*sf.Config, error) {
	in := s.signIn
	setting := s.setting
	if in.Connection != "" {
		var err error
		in, setting, err = s.readConnection()
		if err != nil {
			return nil, err
		}
	}
	if err := in.rejectPlainHTTP(); err != nil {
		return nil, err
	}
	c := &sf.Config{
		Account:       in.Account,
		User:          in.User,
		Role:          in.Role,
		Warehouse:     in.Warehouse,
		Host:          in.Host,
		Port:          in.Port,
		Protocol:      in.Protocol,
		Application:   "freshet",
		MaxRetryCount: 2,
		Params: map[string]*string{
			"TIMEZONE":                 stringPointer("UTC"),
			"QUERY_TAG":                stringPointer("freshet"),
			"CLIENT_TELEMETRY_ENABLED": stringPointer("false"),
			"CLIENT_PREFETCH_THREADS":  stringPointer("2"),
		}, // chunks of a result that are in memory at the same time
	}
	setTimeouts(c)
	fill := authenticators[in.chooseAuthenticator()]
	if fill == nil {
		return nil, fmt.Errorf("authenticator: not supported (got %q)", in.Authenticator)
	}
	return c, fill(c, in, setting)
}

// setTimeouts limits every attempt: without it the driver waits for hours.
//
//lint:file-ignore SA1019 these fields may move in a later version, and are the only way in this one
func setTimeouts(c *sf.Config) {
	c.LoginTimeout = retryTimeout
	c.RequestTimeout = retryTimeout
	c.ClientTimeout = attemptTimeout
	c.JWTClientTimeout = attemptTimeout
}

// stringPointer returns a pointer to s, as the driver takes its parameters.
func stringPointer(s string) *string { return &s }

// setKeyPair sets c up to sign in with an RSA private key in PKCS #8 PEM, from private_key_file
// or the variable in private_key_env, with or without a passphrase.
func setKeyPair(c *sf.Config, in signIn, setting sources.Setting) error {
	c.Authenticator = sf.AuthTypeJwt
	origin := "$" + in.KeyEnv
	text := []byte(nil)
	switch {
	case in.KeyFile != "":
		origin = in.KeyFile
		data, err := os.ReadFile(setting.ResolvePath(in.KeyFile))
		if err != nil {
			return fmt.Errorf("private key: %w", err)
		}
		text = []byte(setting.Secrets.Keep(string(data)))
	case in.KeyEnv != "":
		text = []byte(setting.ReadSecret(in.KeyEnv))
	default:
		return errors.New(
			"sign in: no key, token or password is set\n" +
				"hint: set private_key_file, private_key_env, token_file, token_env or password_env",
		)
	}
	key, err := parsePrivateKey(text, []byte(setting.ReadSecret(in.PassphraseEnv)))
	if err != nil {
		return fmt.Errorf("private key %s: %w", origin, err)
	}
	c.PrivateKey = key
	return nil
}

// parsePrivateKey parses an RSA key in PKCS #8 PEM. Its errors quote nothing of the key or the
// passphrase.
func parsePrivateKey(text, passphrase []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("not in PEM format\nhint: use a key that begins with -----BEGIN PRIVATE KEY-----")
	}
	if block.Type == "RSA PRIVATE KEY" {
		return nil, errors.New("PKCS #1 is not supported\nhint: convert the key with openssl pkcs8 -topk8")
	}
	encrypted := block.Type == "ENCRYPTED PRIVATE KEY"
	if encrypted && len(passphrase) == 0 {
		return nil, errors.New("passphrase required\nhint: set passphrase_env to the variable that holds the passphrase")
	}
	if !encrypted {
		passphrase = nil
	}
	key, err := pkcs8.ParsePKCS8PrivateKeyRSA(block.Bytes, passphrase)
	if err != nil && encrypted {
		return nil, errors.New("wrong passphrase, or unsupported encryption")
	}
	if err != nil {
		return nil, errors.New("not an RSA key in PKCS #8")
	}
	return key, nil
}

// setToken sets c up to sign in with a token, from token_file or else the variable in
// token_env. authType is the kind of token. The file is read for each session, because another
// process renews it.
func setToken(c *sf.Config, in signIn, setting sources.Setting, authType sf.AuthType) error {
	c.Authenticator = authType
	c.Token = strings.TrimSpace(setting.ReadSecret(in.TokenEnv))
	if in.TokenFile != "" {
		data, err := os.ReadFile(setting.ResolvePath(in.TokenFile))
		if err != nil {
			return fmt.Errorf("token: %w", err)
		}
		c.Token = strings.TrimSpace(setting.Secrets.Keep(string(data)))
	}
	if c.Token == "" {
		return fmt.Errorf("token in %s: empty", cmp.Or(in.TokenFile, "$"+in.TokenEnv))
	}
	return nil
}

// setWorkloadIdentity sets c up to sign in with the identity that the cloud attests for this
// machine. If a token is configured, as the provider "OIDC" needs, the token attests it.
func setWorkloadIdentity(c *sf.Config, in signIn, setting sources.Setting) error {
	c.WorkloadIdentityProvider = in.Provider
	if in.TokenFile != "" || in.TokenEnv != "" {
		return setToken(c, in, setting, sf.AuthTypeWorkloadIdentityFederation)
	}
	c.Authenticator = sf.AuthTypeWorkloadIdentityFederation
	return nil
}

// setPassword sets c up to sign in with the password in the variable that password_env names.
func setPassword(c *sf.Config, in signIn, setting sources.Setting) error {
	c.Authenticator = sf.AuthTypeSnowflake
	c.Password = setting.ReadSecret(in.PasswordEnv)
	if c.Password == "" {
		return fmt.Errorf("password in $%s: empty", in.PasswordEnv)
	}
	return nil
}
