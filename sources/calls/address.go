package calls

import (
	"fmt"
	"net/url"
)

// Open reports whether everybody on the way could read what is sent to an
// address: it begins with http:// and is not of this machine.
func Open(u *url.URL) bool {
	return u.Scheme == "http" && u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost"
}

// An Address is where an API is, as site.toml says it: itself, or the variable
// of the environment that holds it. What the variable holds is never said: it
// may be a secret, in the wrong place.
type Address struct {
	Is     string // itself; "" if a variable holds it
	Env    string // the variable
	Such   string // what it must be, such as "an address such as ..."
	Secret string // what is sent there, such as "token"
}

// Fault is what is wrong with it in site.toml, "" if nothing is.
func (a Address) Fault() string {
	if a.Is == "" {
		return ""
	}
	return a.fault(a.Is)
}

func (a Address) fault(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "must be " + a.Such
	case Open(u):
		return fmt.Sprintf("must begin with https://, so that nobody reads the %s on its way", a.Secret)
	case u.RawQuery != "" || u.User != nil:
		return "must hold no query and no user"
	}
	return ""
}

// Find is the address, of the environment where a variable holds it.
func (a Address) Find(env func(string) string) (string, error) {
	if a.Env == "" {
		return a.Is, nil
	}
	address := env(a.Env)
	if says := a.fault(address); says != "" {
		return "", fmt.Errorf("the address in $%s %s", a.Env, says)
	}
	return address, nil
}
