package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// printTable prints the medians of the results of each job.
func printTable(w io.Writer, jobs [][]result) error {
	base := 0. // CPU a row of the summary
	for _, runs := range jobs {
		if runs[0].System == "duckdb" {
			base = cpuPerRow(runs)
		}
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "work\tsystem\tworkers\trows\tcpu s\twall s\tpeak MiB\tx duckdb\tof its own\t")
	for _, runs := range jobs {
		r := runs[0]
		ratio := "-"
		if base > 0 && wholeFile(r) {
			ratio = fmt.Sprintf("%.2f", cpuPerRow(runs)/base)
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%.2f\t%.2f\t%.0f\t%s\t%s\t\n", r.Work, r.System, r.Workers, r.Rows,
			median(runs, func(r result) float64 { return r.CPU }),
			median(runs, func(r result) float64 { return r.Wall }),
			median(runs, func(r result) float64 { return r.RSS }),
			ratio, ownFigures(runs))
	}
	return t.Flush()
}

func cpuPerRow(runs []result) float64 {
	return median(runs, func(r result) float64 { return r.CPU }) / float64(runs[0].Rows)
}

// wholeFile reports whether the process time is that of going through the file.
func wholeFile(r result) bool { return r.RowsPerS == 0 && r.NsPerRow == 0 && r.MsPerLoad == 0 }

func ownFigures(runs []result) string {
	switch r := runs[0]; {
	case r.RowsPerS > 0:
		return fmt.Sprintf("%.2f M rows/s", median(runs, func(r result) float64 { return r.RowsPerS })/1e6)
	case r.NsPerRow > 0:
		return fmt.Sprintf("%.0f ns, %.3f allocs", median(runs, func(r result) float64 { return r.NsPerRow }), r.Allocs)
	case r.MsPerLoad > 0:
		return fmt.Sprintf("%.2f ms", median(runs, func(r result) float64 { return r.MsPerLoad }))
	}
	return ""
}

func median(runs []result, of func(result) float64) float64 {
	x := make([]float64, len(runs))
	for i, r := range runs {
		x[i] = of(r)
	}
	slices.Sort(x)
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}
