package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"

	"github.com/millrace-ml/millrace/persist"
)

// evaluateModel measures a saved model on a labelled file.
func evaluateModel(f *flag.FlagSet) func(context.Context, io.Writer) error {
	data := f.String("data", "", "labelled CSV file, plain or .gz; default made-up data")
	path := f.String("model", "kdd.millrace", "model file to read")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(ctx context.Context, out io.Writer) error {
		model, err := persist.Load(*path)
		if err != nil {
			return err
		}
		source, err := openOrMakeUp(*data)
		if err != nil {
			return err
		}
		ds, err := labelled(source)
		if err != nil {
			return err
		}
		defer ds.Close()
		m, err := measure(ctx, model, ds)
		if err != nil {
			return err
		}
		if *asJSON {
			return json.NewEncoder(out).Encode(map[string]float64{"auc": m.auc, "detection_at_1pct": m.detection})
		}
		_, err = fmt.Fprintf(out, "area under ROC %.6f, finds %.2f %% of the attacks at 1 %% false alarms\n", m.auc, 100*m.detection)
		return err
	}
}
