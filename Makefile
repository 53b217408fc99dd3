# What a person types; .ci/run calls the same.
.PHONY: test demo bench charts
test:
	go test ./...
demo:
	go run ./cmd/freshet run
bench:
	go test -run '^$$' -bench . -benchmem ./generator/... ./sources/...
charts: # ECharts for the pages of tables; a build without it has our own picture alone
	cd assets/charts && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && npm run --silent bundle
