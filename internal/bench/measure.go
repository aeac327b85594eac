package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"slices"
	"syscall"
	"time"
)

// A result is one measurement.
type result struct {
	Work    string  `json:"work"`
	System  string  `json:"system"`
	Workers int     `json:"workers"`
	CPU     float64 `json:"cpu_s"`  // user and system, of the whole process
	Wall    float64 `json:"wall_s"` // of the whole process
	RSS     float64 `json:"peak_rss_mib"`
	figures
}

// figures are what a work says of itself.
type figures struct {
	Rows      int64   `json:"rows"`
	RowsPerS  float64 `json:"rows_per_s,omitempty"`
	NsPerRow  float64 `json:"ns_per_row,omitempty"`
	Allocs    float64 `json:"allocs_per_row,omitempty"`
	MsPerLoad float64 `json:"ms_per_load,omitempty"`
}

// measure runs the job in a process of its own.
func measure(ctx context.Context, j job, python string) (result, error) {
	text, err := json.Marshal(j)
	if err != nil {
		return result{}, err
	}
	cmd, err := command(ctx, j, string(text), python)
	if err != nil {
		return result{}, err
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		return result{}, err
	}
	r := result{
		Work: j.Work, System: j.System, Workers: j.Workers,
		CPU:  (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(),
		Wall: time.Since(begin).Seconds(),
		RSS:  peakMiB(cmd.ProcessState),
	}
	if err := json.Unmarshal(out.Bytes(), &r.figures); err != nil {
		return result{}, fmt.Errorf("have %q, want an object: %w", out.String(), err)
	}
	return r, nil
}

func command(ctx context.Context, j job, text, python string) (*exec.Cmd, error) {
	if j.System != "millrace" {
		return exec.CommandContext(ctx, python, "-c", script(j), text), nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-child", text)
	cmd.Env = append(os.Environ(), fmt.Sprint("GOMAXPROCS=", j.Workers))
	return cmd, nil
}

// peakMiB reads the largest resident set: KiB on Linux, bytes on macOS.
func peakMiB(s *os.ProcessState) float64 {
	usage, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return float64(usage.Maxrss) / (1 << 20)
	}
	return float64(usage.Maxrss) / (1 << 10)
}

// cpuTime returns the user and system time of this process.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // it has no way to fail with these arguments
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// runChild runs the job in this process and prints its figures.
func runChild(ctx context.Context, text string) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	i := slices.IndexFunc(works, func(w work) bool { return w.name == j.Work })
	if i < 0 {
		return fmt.Errorf("have no work %q", j.Work)
	}
	if j.Profile != "" {
		out, err := os.Create(j.Profile)
		if err != nil {
			return err
		}
		defer out.Close()
		if err := pprof.StartCPUProfile(out); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	f, err := works[i].run(ctx, j)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(f)
}
