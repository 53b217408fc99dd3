# What a person types; .ci/run calls the same.
.PHONY: test demo bench
test:
	go test ./...
demo:
	go run ./cmd/freshet run
bench:
	go test -run '^$$' -bench . -benchmem ./generator/... ./sources/...
