package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	data, venv, works, workers, profile string
	repeat, runs, sklearnRows           int
	json, peers                         bool
	child                               string // a job to run in this process
}

func run(ctx context.Context, args []string) error {
	var o options
	f := flag.NewFlagSet("bench", flag.ExitOnError)
	f.StringVar(&o.data, "data", "", "CSV file of KDD rows, plain or .gz")
	f.IntVar(&o.repeat, "repeat", 1, "measure on the file repeated so often, in a temporary file")
	f.StringVar(&o.works, "works", "", "works to measure, with commas; default all")
	f.StringVar(&o.workers, "workers", "1", "numbers of workers, with commas")
	f.IntVar(&o.runs, "runs", 1, "how often each is measured, in turns")
	f.BoolVar(&o.peers, "peers", false, "measure duckdb and sklearn too")
	f.StringVar(&o.venv, "venv", "", "virtual environment of the peers; default in the user's cache directory")
	f.IntVar(&o.sklearnRows, "sklearn-rows", 500_000, "rows that sklearn gets")
	f.StringVar(&o.profile, "profile", "", "directory for a CPU profile of each of our processes; default none")
	f.BoolVar(&o.json, "json", false, "print one object a line")
	f.StringVar(&o.child, "child", "", "used by bench itself")
	if err := f.Parse(args); err != nil {
		return err
	}
	if o.child != "" {
		return runChild(ctx, o.child)
	}
	if o.data == "" {
		return errors.New("-data is empty, want a CSV file of KDD rows")
	}
	return measureAll(ctx, o)
}

// measureAll measures every job of the options, in turns, and prints the results.
func measureAll(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "millrace-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	data, err := repeated(o.data, dir, o.repeat)
	if err != nil {
		return err
	}
	jobs, err := plan(o, data, dir)
	if err != nil {
		return err
	}
	python := ""
	if o.peers {
		if python, err = installPeers(ctx, o.venv); err != nil {
			return err
		}
	}
	if err := prepare(ctx, jobs, python); err != nil {
		return err
	}
	results := make([][]result, len(jobs))
	for range o.runs {
		for i, j := range jobs {
			r, err := measure(ctx, j, python)
			if err != nil {
				return fmt.Errorf("%s of %s: %w", j.Work, j.System, err)
			}
			results[i] = append(results[i], r)
			if o.json {
				if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
					return err
				}
			}
		}
	}
	if o.json {
		return nil
	}
	return printTable(os.Stdout, results)
}

// A job is a work with all that it needs; a child gets it as JSON.
type job struct {
	Work, System string
	Workers      int
	Data, Model  string        // files
	Rows         int           // rows to read; 0 = all
	Enough       time.Duration // CPU time that works without a file to go through take at least
	Profile      string        // CPU profile to write; "" = none
}

// plan lists the jobs, those of other systems between ours.
func plan(o options, data, dir string) ([]job, error) {
	wanted := func(work string) bool {
		return o.works == "" || slices.Contains(strings.Split(o.works, ","), work)
	}
	var jobs []job
	if o.peers && wanted("summary") {
		jobs = append(jobs, job{Work: "summary", System: "duckdb", Workers: 1, Data: data})
	}
	for _, w := range works {
		if !wanted(w.name) || w.hidden {
			continue
		}
		for _, text := range strings.Split(o.workers, ",") {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 {
				return nil, fmt.Errorf("-workers is %q, want numbers from 1 with commas", o.workers)
			}
			j := job{Work: w.name, System: "millrace", Workers: n, Data: data, Model: modelOf(w, dir), Enough: 2 * time.Second}
			if !w.parallel {
				j.Workers = 1
			}
			if o.profile != "" {
				j.Profile = filepath.Join(o.profile, fmt.Sprintf("%s-%d.pprof", j.Work, j.Workers))
			}
			if !slices.Contains(jobs, j) {
				jobs = append(jobs, j)
			}
		}
		if o.peers && w.sklearn {
			jobs = append(jobs, job{Work: w.name, System: "sklearn", Workers: 1, Data: data, Model: modelOf(w, dir) + ".joblib", Rows: o.sklearnRows})
		}
	}
	if len(jobs) == 0 {
		return nil, fmt.Errorf("-works is %q, want some of: %s", o.works, strings.Join(workNames(), ", "))
	}
	return jobs, nil
}

// modelOf returns the file of the model that a work reads or saves.
func modelOf(w work, dir string) string {
	if w.model {
		return filepath.Join(dir, "prepared")
	}
	return filepath.Join(dir, w.name)
}

// prepare makes the models that jobs read.
func prepare(ctx context.Context, jobs []job, python string) error {
	made := map[string]bool{}
	for _, j := range jobs {
		needs := slices.ContainsFunc(works, func(w work) bool { return w.name == j.Work && w.model })
		if !needs || made[j.System] {
			continue
		}
		made[j.System] = true
		j.Work = "prepare"
		if _, err := measure(ctx, j, python); err != nil {
			return fmt.Errorf("the model of %s: %w", j.System, err)
		}
	}
	return nil
}
