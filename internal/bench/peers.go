package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// peers are the packages that are measured against, at these versions.
var peers = []string{"duckdb==1.4.2", "scikit-learn==1.7.2", "pandas==2.3.3", "numpy==2.3.5"}

//go:embed peers/duckdb_summary.py
var duckdbSummary string

//go:embed peers/sklearn_works.py
var sklearnWorks string

// script returns the Python program of a job, which gets the job as its argument.
func script(j job) string {
	if j.System == "duckdb" {
		return duckdbSummary
	}
	return sklearnWorks
}

// installPeers makes the virtual environment unless it is there, and returns its Python.
func installPeers(ctx context.Context, venv string) (string, error) {
	if venv == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		venv = filepath.Join(cache, "millrace-bench")
	}
	python := filepath.Join(venv, "bin", "python")
	stamp := filepath.Join(venv, "installed")
	want := strings.Join(peers, "\n")
	if have, err := os.ReadFile(stamp); err == nil && string(have) == want {
		return python, nil
	}
	fmt.Fprintln(os.Stderr, "bench: installing", strings.Join(peers, " "), "into", venv)
	for _, args := range [][]string{
		{"python3", "-m", "venv", venv},
		append([]string{python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"}, peers...),
	} {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("%s: %w", strings.Join(args, " "), err)
		}
	}
	return python, os.WriteFile(stamp, []byte(want), 0o644)
}
