// Command kdd detects network intrusions in the KDD Cup 1999 data, from CSV to a
// model file that scores new rows.
//
//	go run ./examples/kdd                        # everything, on made-up data
//	go run ./examples/kdd -data DIR              # everything, on the real files in DIR
//	go run ./examples/kdd train -data FILE -out kdd.millrace
//	go run ./examples/kdd train -model all       # boosted trees, a forest, logistic regression
//	go run ./examples/kdd evaluate -data FILE -model kdd.millrace
//	go run ./examples/kdd score -data FILE -model kdd.millrace -out scores.csv
//
// Each command is a file: flow.go, train.go, evaluate.go, score.go. The detector is
// in model.go, the models that learn labels are in learners.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"

	"github.com/millrace-ml/millrace/dataset/fold"
)

// A command is a subcommand. It adds its flags to f, and returns what to do once
// they are parsed.
type command struct {
	about string
	setUp func(f *flag.FlagSet) func(ctx context.Context, out io.Writer) error
}

var commands = map[string]command{
	"":         {"the whole flow, from reading to scoring", flow},
	"train":    {"fit a model and save it", train},
	"evaluate": {"measure a saved model on a labelled file", evaluateModel},
	"score":    {"score a file with a saved model", score},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "kdd:", err)
	if _, ok := errors.AsType[usageError](err); ok {
		os.Exit(2)
	}
	os.Exit(1)
}

// A usageError is a mistake in the arguments.
type usageError struct{ error }

func run(ctx context.Context, args []string, out io.Writer) error {
	name := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	cmd, ok := commands[name]
	if !ok {
		return usageError{fmt.Errorf("have command %q, want train, evaluate, score, or none for everything", name)}
	}
	f := flag.NewFlagSet(strings.TrimSpace("kdd "+name), flag.ContinueOnError)
	f.SetOutput(io.Discard) // main prints the error
	workers := f.Int("workers", runtime.GOMAXPROCS(0), "goroutines that read and learn")
	do := cmd.setUp(f)
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		f.SetOutput(out)
		fmt.Fprintf(out, "%s: %s\n", f.Name(), cmd.about)
		f.PrintDefaults()
		return nil
	} else if err != nil {
		return usageError{err}
	}
	if f.NArg() > 0 {
		return usageError{fmt.Errorf("have %q after the flags, want nothing", f.Arg(0))}
	}
	if *workers < 1 {
		return usageError{fmt.Errorf("-workers is %d, want at least 1", *workers)}
	}
	return do(fold.WithWorkers(ctx, *workers), out)
}
