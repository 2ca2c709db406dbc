module quay/bench_go

go 1.19
