package looker

import (
	"net/url"
	"strings"
)

// CanonicalLink returns the host and path of a link to a dashboard, without what may differ
// between links: port, query, and the embed and dashboards-next paths. It is "" if link is not one
// to a dashboard.
func (c *Config) CanonicalLink(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" {
		return ""
	}
	path := strings.Replace(strings.TrimRight(u.Path, "/"), "/dashboards-next/", "/dashboards/", 1)
	path = strings.Replace(path, "/embed/dashboards/", "/dashboards/", 1)
	if !strings.Contains(path, "/dashboards/") {
		return ""
	}
	return strings.ToLower(u.Hostname()) + path
}
