package snowflake

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/freshet-status/freshet/sources"
)

// Snowflake's command line and drivers keep named connections in TOML files.
// This file reads them instead of the driver, because the driver rejects an
// integer port and private_key_file, which the command line writes, and logs
// values.

// readConnection returns the sign-in keys of the named connection. A key of site.toml wins over
// the environment variable SNOWFLAKE_CONNECTIONS_<NAME>_<KEY>, which wins over the connection
// file. The returned setting also resolves the secrets of the connection, for this session
// only.
func (s *source) readConnection() (signIn, sources.Setting, error) {
	keys, file, err := s.findConnection()
	if err != nil {
		return signIn{}, s.setting, err
	}
	get := func(names ...string) string {
		for _, name := range names {
			v := cmp.Or(s.setting.Env("SNOWFLAKE_CONNECTIONS_"+strings.ToUpper(s.Connection+"_"+name)), formatValue(keys[name]))
			if v != "" {
				return v
			}
		}
		return ""
	}
	in := s.signIn
	in.Account = cmp.Or(in.Account, get("account"))
	in.User = cmp.Or(in.User, get("user", "username"))
	in.Role = cmp.Or(in.Role, get("role"))
	in.Warehouse = cmp.Or(in.Warehouse, get("warehouse"))
	in.Authenticator = cmp.Or(in.Authenticator, get("authenticator"))
	in.Host = cmp.Or(in.Host, get("host"))
	in.Protocol = cmp.Or(in.Protocol, get("protocol"))
	in.KeyFile = cmp.Or(in.KeyFile, expandHome(get("private_key_file", "private_key_path"), s.setting.Env))
	in.TokenFile = cmp.Or(in.TokenFile, expandHome(get("token_file_path"), s.setting.Env))
	in.Provider = cmp.Or(in.Provider, get("workload_identity_provider"))
	if port := get("port"); in.Port == 0 && port != "" {
		in.Port, err = strconv.Atoi(port)
		if err != nil {
			return in, s.setting, fmt.Errorf("%s: connection %q: port must be a number", file, s.Connection)
		}
	}
	if in.Account == "" {
		return in, s.setting, fmt.Errorf("%s: connection %q: account is missing", file, s.Connection)
	}
	return in, s.bindSecrets(get, &in), nil
}

// bindSecrets returns a setting whose Env also resolves the secrets of the connection, under
// names such as "connection:password", and points the empty secret keys of in to these names.
func (s *source) bindSecrets(get func(...string) string, in *signIn) sources.Setting {
	secrets := make(map[string]string)
	for key, into := range map[string]*string{
		"password":               &in.PasswordEnv,
		"token":                  &in.TokenEnv,
		"private_key_passphrase": &in.PassphraseEnv,
		"private_key_raw":        &in.KeyEnv,
	} {
		if v := get(key); v != "" && *into == "" {
			*into = "connection:" + key
			secrets[*into] = v
		}
	}
	setting := s.setting
	setting.Env = func(name string) string { return cmp.Or(secrets[name], s.setting.Env(name)) }
	return setting
}

// findConnection returns the keys of the connection that site.toml names, and the first of the
// connectionFiles that has it. It errs if none has it or a file cannot be parsed; the error
// quotes no value.
func (s *source) findConnection() (keys map[string]any, file string, err error) {
	files := connectionFiles(s.setting.Env)
	for _, file := range files {
		all := make(map[string]any)
		_, err := toml.DecodeFile(file, &all)
		var syntax toml.ParseError
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case errors.As(err, &syntax):
			return nil, file, fmt.Errorf(
				"%s:%d: invalid TOML",
				file,
				syntax.Position.Line,
			) // without the parser's message: it may quote a secret
		case err != nil:
			return nil, file, err
		}
		if nested, ok := all["connections"].(map[string]any); ok {
			all = nested
		}
		if keys, ok := all[s.Connection].(map[string]any); ok {
			return keys, file, nil
		}
	}
	return nil, "", fmt.Errorf(
		"connection %q: not found in %s\nhint: run snow connection list to see the names",
		s.Connection,
		strings.Join(files, " or "),
	)
}

// connectionFiles returns the files in which Snowflake's command line keeps connections, the
// preferred one first. They are in $SNOWFLAKE_HOME, else in ~/.snowflake if it exists, else in
// snowflake below $XDG_CONFIG_HOME or ~/.config.
func connectionFiles(env func(string) string) []string {
	dir := env("SNOWFLAKE_HOME")
	if dir == "" {
		dir = filepath.Join(env("HOME"), ".snowflake")
		if _, err := os.Stat(dir); err != nil {
			dir = filepath.Join(cmp.Or(env("XDG_CONFIG_HOME"), filepath.Join(env("HOME"), ".config")), "snowflake")
		}
	}
	return []string{filepath.Join(dir, "connections.toml"), filepath.Join(dir, "config.toml")}
}

// formatValue returns a TOML string or integer as text, and "" for any other value.
func formatValue(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	default:
		return ""
	}
}

// expandHome replaces a leading ~/ of path by the home directory.
func expandHome(path string, env func(string) string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return filepath.Join(env("HOME"), rest)
	}
	return path
}
