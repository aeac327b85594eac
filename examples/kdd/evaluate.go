package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/kdd"
	"github.com/millrace-ml/millrace/estimator/evaluate"
	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

// measured says how well a detector tells attacks from normal rows.
type measured struct {
	*evaluate.BinaryReport
	threshold float64 // of the score, for the share falseAlarms
}

// detection is the share of the attacks above the threshold.
func (m measured) detection() float64 { return m.At(m.threshold).TruePositiveRate() }

// measure scores a labelled dataset.
func measure(ctx context.Context, model pipeline.Transformer, ds dataset.Dataset) (measured, error) {
	scored, err := pipeline.Apply(model, ds)
	if err != nil {
		return measured{}, err
	}
	r, err := evaluate.Binary{LabelCol: kdd.Anomaly, RawPredictionCol: scoreCol, GroupCol: kdd.Label}.Report(ctx, scored)
	if err != nil {
		return measured{}, err
	}
	threshold, err := r.Threshold(falseAlarms)
	return measured{r, threshold}, err
}

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
			return json.NewEncoder(out).Encode(map[string]float64{"auc": m.AreaUnderROC(), "detection_at_1pct": m.detection()})
		}
		return printMeasured(out, m)
	}
}

// printMeasured prints the figures of all rows, then those of each attack.
func printMeasured(out io.Writer, m measured) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "area under ROC %.6f, finds %.2f %% of the attacks at %v %% false alarms\n", m.AreaUnderROC(), 100*m.detection(), 100*falseAlarms)
	fmt.Fprintf(w, "attack\trows\tarea\tfound\t\n")
	for _, g := range m.Groups {
		if g.Positive > 0 {
			fmt.Fprintf(w, "%s\t%.0f\t%.4f\t%.1f %%\t\n", g.Value, g.Positive, g.AreaUnderROC, 100*g.At(m.threshold).TruePositiveRate())
		}
	}
	return w.Flush()
}
