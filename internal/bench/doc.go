// Command bench measures whole jobs on a file of KDD Cup 99 rows, against other
// systems on the same machine in the same run.
//
//	go run ./internal/bench -data kddcup.data_10_percent.gz -repeat 10 -workers 1,2 -peers -runs 3
//
// prints a table, and with -json one object a line:
//
//	{"work":"fit_cached","system":"millrace","workers":1,"rows":4940210,"cpu_s":3.1,"wall_s":3.2,"peak_rss_mib":310.5}
//
// # How it measures
//
// Each measurement is a process of its own: the program runs itself again, or a Python
// of a virtual environment. CPU is user and system time, and peak memory the largest
// resident set, as the kernel counts them for that process when it ends. With -runs N
// the whole list is run N times in turns (A B C A B C), so that noise of the machine
// meets all alike, and the table shows medians. The column "x duckdb" is CPU per row
// divided by that of DuckDB's summary.
//
// # Works
//
//	fit_cached      CSV -> StringIndexer, OneHotEncoder, VectorAssembler, StandardScaler,
//	                PCAAnomaly on the normal rows -> saved; columns stay in memory after the first pass
//	fit_streaming   the same with a cache of 64 MiB and the rest in a temporary file
//	score_csv       model and CSV -> CSV of row id, score and prediction
//	transform       chunks in memory through all five stages; rows_per_s of one core
//	scorer_row      one row set and scored; ns_per_row, allocs_per_row
//	load_model      a model file; ms_per_load
//	summary         DuckDB's read_csv, mean and variance of the 38 numbers, on one thread
//
// The fields rows_per_s, ns_per_row, allocs_per_row and ms_per_load are there where a
// work has them, from the CPU time of a loop of 2 seconds; the process time of those
// works is that of the loop and of getting ready. The models that works read are fitted
// before, with a threshold, and not measured. scikit-learn is run on the first rows only
// (-sklearn-rows), since its dense matrices take 3 GB for a million rows.
//
// With -profile DIR each of our processes writes a CPU profile, for go tool pprof.
//
// # Adding a work
//
// A work is an entry of the table of its group: fit.go, score.go, peers.go. It gets the
// flags in a [job] and returns the rows it went through, and figures of its own.
package main
