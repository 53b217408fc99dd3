package httpclient

import (
	"fmt"
	"net/url"
)

// IsInsecure reports whether u is plain HTTP to another host, so that others could read what is
// sent.
func IsInsecure(u *url.URL) bool {
	return u.Scheme == "http" && u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost"
}

// An Address is the URL of an API as site.toml gives it: the URL itself, or the environment
// variable that holds it. No error quotes the value of the variable, which may be a secret in
// the wrong place.
type Address struct {
	URL      string // the URL itself; "" if a variable holds it
	EnvVar   string // name of the variable; "" if URL is used
	Expected string // what it must be, for errors, such as "an address such as ..."
	Secret   string // what is sent there, for errors, such as "token"
}

// DescribeFault returns what is wrong with the URL of site.toml, as a phrase that follows its
// key in a message; "" if nothing is, or if a variable holds the URL.
func (a Address) DescribeFault() string {
	if a.URL == "" {
		return ""
	}
	return a.describeFaultOf(a.URL)
}

// describeFaultOf returns what is wrong with address, without quoting it; "" if nothing is.
func (a Address) describeFaultOf(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "must be " + a.Expected
	case IsInsecure(u):
		return fmt.Sprintf("must use https to protect the %s", a.Secret)
	case u.RawQuery != "" || u.User != nil:
		return "must not contain a query or user"
	}
	return ""
}

// ResolveURL returns the URL, which env returns if a variable holds it. It errs if the value of
// the variable is no valid address.
func (a Address) ResolveURL(env func(string) string) (string, error) {
	if a.EnvVar == "" {
		return a.URL, nil
	}
	address := env(a.EnvVar)
	if says := a.describeFaultOf(address); says != "" {
		return "", fmt.Errorf("$%s: %s", a.EnvVar, says)
	}
	return address, nil
}
