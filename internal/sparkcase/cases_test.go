package sparkcase_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/estimator/evaluate"
	"github.com/millrace-ml/millrace/feature"
	"github.com/millrace-ml/millrace/internal/sparkcase"
	"github.com/millrace-ml/millrace/pipeline"
)

// builders make our stage of Spark's, by Spark's name. A new stage joins here, and
// its cases are run.
var builders = map[string]func(sparkcase.Params) (pipeline.Stage, error){
	"StringIndexer": func(p sparkcase.Params) (pipeline.Stage, error) {
		if p["inputCol"] != nil && p["inputCols"] != nil {
			return nil, errors.New("InputCol and InputCols: ours has one form only")
		}
		h, err := handling(p)
		return feature.StringIndexer{InputCols: p.Texts("inputCols", "inputCol"), OutputCols: p.Texts("outputCols", "outputCol"),
			HandleInvalid: h, Order: orders[p.Text("stringOrderType")]}, err
	},
	"IndexToString": func(p sparkcase.Params) (pipeline.Stage, error) {
		return feature.IndexToString{InputCol: p.Text("inputCol"), OutputCol: p.Text("outputCol"), Labels: p.Texts("labels", "")}, nil
	},
	"OneHotEncoder": func(p sparkcase.Params) (pipeline.Stage, error) {
		h, err := handling(p)
		return feature.OneHotEncoder{InputCols: p.Texts("inputCols", "inputCol"), OutputCols: p.Texts("outputCols", "outputCol"),
			HandleInvalid: h, KeepLast: !p.Bool("dropLast", true)}, err
	},
	"VectorAssembler": func(p sparkcase.Params) (pipeline.Stage, error) {
		h, err := handling(p)
		return feature.VectorAssembler{InputCols: p.Texts("inputCols", ""), OutputCol: p.Text("outputCol"), HandleInvalid: h}, err
	},
	"StandardScaler": func(p sparkcase.Params) (pipeline.Stage, error) {
		return feature.StandardScaler{InputCol: p.Text("inputCol"), OutputCol: p.Text("outputCol"),
			WithMean: p.Bool("withMean", false), SkipStd: !p.Bool("withStd", true)}, nil
	},
}

// tolerances are those of the cases' README; a stage without one must have Spark's
// bits.
var tolerances = map[string]sparkcase.Tolerance{
	// An assembled vector looks at its columns, so a -0 stays -0; Spark's form drops
	// zeros, and gives 0 where it is dense again.
	"VectorAssembler": {ZeroSign: true},
}

var orders = map[string]feature.Order{"frequencyAsc": feature.FrequencyAsc, "alphabetDesc": feature.AlphabetDesc, "alphabetAsc": feature.AlphabetAsc}

func handling(p sparkcase.Params) (feature.Handling, error) {
	switch h := p.Text("handleInvalid"); h {
	case "", "error":
		return feature.Error, nil
	case "skip":
		return feature.Skip, nil
	case "keep":
		return feature.Keep, nil
	default:
		return 0, fmt.Errorf("handleInvalid is %q", h)
	}
}

// differences are the cases in which we differ from Spark on purpose: what we do
// instead, and why. An error of ours is given by a part of it.
var differences = map[string]struct{ ours, why string }{
	"StringIndexer/missing_input_at_transform":           {`column "s": is not there`, "a stage that is skipped in silence hides a wrong table; pipeline.TrainOnly is for labels"},
	"StringIndexer/missing_one_of_two_keep":              {`column "s": is not there`, "as above"},
	"Pipeline/label_absent_at_transform":                 {`column "label": is not there`, "as above"},
	"StringIndexer/order_nonbmp_alphabetAsc":             {"4.1", "3.5 compares UTF-16 units; we compare bytes as 4.1 does"},
	"StringIndexer/order_nonbmp_frequencyDesc":           {"4.1", "as above"},
	"StringIndexer/order_nonbmp_alphabetDesc":            {"labels 😀 𐐀 ～  a", "these two orders still compare UTF-16 units in 4.1; ours are bytes in all four"},
	"StringIndexer/order_nonbmp_frequencyAsc":            {"labels a  𐐀 ～ 😀", "as above"},
	"IndexToString/nan":                                  {`column "i": is missing`, "3.5 reads NaN as 0; 4.1 fails, and so do we"},
	"IndexToString/null":                                 {`column "i": is missing`, "3.5 passes null on; 4.1 fails, and so do we"},
	"OneHotEncoder/null_transform":                       {`column "i": is missing`, "there are no null vectors: with Error a missing index fails"},
	"OneHotEncoder/null_transform_keep":                  {"null is a category", "there are no null vectors: with Keep a missing index is invalid as any other"},
	"OneHotEncoder/scan_one_value":                       {"have 1 categories", "a vector of size 0 is of no use, and Spark refuses it too where the schema says so"},
	"VectorAssembler/size_mismatch":                      {"unheld", "vectors of one column have one size"},
	"BinaryClassificationEvaluator/empty":                {"have no rows", "an area of .5 of nothing hides a lost table"},
	"BinaryClassificationEvaluator/one_row":              {"have one class only", "an area has no meaning for one class; Spark gives 0, .5 or 1"},
	"BinaryClassificationEvaluator/one_class_negative":   {"have one class only", "as above"},
	"BinaryClassificationEvaluator/one_class_positive":   {"have one class only", "as above"},
	"BinaryClassificationEvaluator/label_values":         {`column "label": have 0.5, want 0 or 1`, "Spark counts labels above .5 as positive, so several classes pass as two"},
	"BinaryClassificationEvaluator/nan_score":            {`column "rawPrediction": have a missing value`, "Spark takes a broken score for the highest of all"},
	"MulticlassClassificationEvaluator/float_prediction": {"any number", "a prediction that is a number of 32 bits or an integer is one"},
	"RegressionEvaluator/nan":                            {`column "prediction": have a missing value`, "Spark has NaN for every figure"},
	"RegressionEvaluator/basic":                          {"near", "weighted r2: the variance of Spark is unbiased, and it multiplies it by one less than the weight; ours is the sum of squares"},
	"RegressionEvaluator/large_offset":                   {"near", "Spark's var takes large squares from each other, and is 32 for 33.26"},
	"MulticlassClassificationEvaluator/empty":            {"have no rows", "Spark has NaN, or 0 for f1, of nothing"},
	"StandardScaler/wrong_size":                          {"have a vector of size 2, want size 4", "Spark scales the first dimensions of a shorter vector"},
}

// TestCases runs every case whose stages we have, and names the others.
func TestCases(t *testing.T) {
	missing := map[string]int{}
	for _, name := range sparkcase.Names(t, "") {
		c := sparkcase.Load(t, name)
		if evaluator := evaluators[c.Stage]; evaluator != nil {
			t.Run(name, func(t *testing.T) { runEvaluations(t, c, evaluator) })
			continue
		}
		stage, lacks, err := build(c)
		if lacks != "" {
			missing[lacks]++
			continue
		}
		t.Run(name, func(t *testing.T) { runCase(t, c, stage, err) })
	}
	for _, stage := range slices.Sorted(maps.Keys(missing)) {
		t.Run("not built yet: "+stage, func(t *testing.T) { t.Skipf("not built yet: %s (%d cases)", stage, missing[stage]) })
	}
}

// build makes the stage of a case, or names one that we lack.
func build(c sparkcase.Case) (stage pipeline.Stage, lacks string, err error) {
	if c.Stage == "Pipeline" {
		return buildPipeline(c.Stages)
	}
	b, ok := builders[c.Stage]
	if !ok {
		return nil, c.Stage, nil
	}
	stage, err = b(c.Params)
	return stage, "", err
}

func buildPipeline(specs []sparkcase.Spec) (_ pipeline.Stage, lacks string, _ error) {
	var (
		stages []pipeline.Stage
		errs   []error
	)
	for _, s := range specs {
		stage, missing, err := build(sparkcase.Case{Stage: s.Stage, Params: s.Params, Stages: s.Stages})
		if missing != "" {
			return nil, missing, nil
		}
		stages = append(stages, stage)
		errs = append(errs, err)
	}
	return pipeline.New(stages...), "", errors.Join(errs...)
}

func runCase(t *testing.T, c sparkcase.Case, stage pipeline.Stage, err error) {
	var (
		at  string
		out dataset.Dataset
	)
	if err == nil {
		err = c.Unheld
	}
	if err == nil && (c.NullFit || len(c.Null) > 0) && c.Error != nil {
		err = errors.New("have a null vector") // which never gets into a table
	}
	if err != nil {
		at = "fit"
	} else {
		at, out, err = run(t, stage, c)
	}
	diff, differs := differences[c.Name]
	if strings.HasPrefix(c.Stage, "RandomForest") {
		diff, differs = differences["GBTClassifier/subsample"], true
	}
	switch {
	case differs:
		checkDifference(t, c, diff.ours, out, err)
	case c.Error != nil && err == nil:
		t.Errorf("have no error, want one as Spark's: %s", c.Error.Message)
	case c.Error != nil && c.Error.At == "fit" && at == "transform":
		t.Errorf("have the error at transform, want it at fit as Spark's: %v", err)
	case c.Error != nil:
		t.Logf("%v", err)
	case err != nil:
		t.Error(err)
	default:
		tol, ok := tolerances[c.Name]
		if !ok {
			tol = tolerances[c.Stage]
		}
		if c.Stage == "Pipeline" {
			tol.ZeroSign = true
			for _, s := range c.Stages {
				tol.Absolute = max(tol.Absolute, tolerances[s.Stage].Absolute)
			}
		}
		c.Check(t, out, tol)
		checkAttrs(t, c, out.Schema())
	}
}

// evaluators make our evaluator of Spark's, by Spark's name.
var evaluators = map[string]func(sparkcase.Params) evaluate.Evaluator{
	"BinaryClassificationEvaluator": func(p sparkcase.Params) evaluate.Evaluator {
		e := evaluate.Binary{WeightCol: p.Text("weightCol"), NumBins: p.Int("numBins", 1000)}
		if p.Text("metricName") == "areaUnderPR" {
			e.Metric = evaluate.AreaUnderPR
		}
		return e
	},
	"RegressionEvaluator": func(p sparkcase.Params) evaluate.Evaluator {
		e := evaluate.Regression{WeightCol: p.Text("weightCol"), ThroughOrigin: p.Bool("throughOrigin", false)}
		if err := e.Metric.UnmarshalText([]byte(p.Text("metricName"))); err != nil {
			panic(err)
		}
		return e
	},
	"MulticlassClassificationEvaluator": func(p sparkcase.Params) evaluate.Evaluator {
		e := evaluate.Multiclass{WeightCol: p.Text("weightCol"), MetricLabel: p.Float("metricLabel", 0), Beta: p.Float("beta", 1)}
		if err := e.Metric.UnmarshalText([]byte(p.Text("metricName"))); err != nil {
			panic(err)
		}
		return e
	},
}

// runEvaluations wants each figure of an evaluator within 1e-12, see the cases' README.
func runEvaluations(t *testing.T, c sparkcase.Case, evaluator func(sparkcase.Params) evaluate.Evaluator) {
	ours, differs := differences[c.Name]
	for _, want := range c.Evaluations {
		most := 1e-12
		if ours.ours == "near" {
			most, differs = .05, false
		}
		if ours.ours == "any number" {
			want.Error, want.Value, want.LargerBetter = nil, 1, true
			differs = false
		}
		e := evaluator(want.Params)
		err := c.Unheld
		var have float64
		if err == nil {
			have, err = e.Evaluate(t.Context(), c.Input)
		}
		switch {
		case differs:
			if err == nil || !strings.Contains(err.Error(), ours.ours) {
				t.Errorf("%v: have %v, %v, want an error with %s", want.Params, have, err, ours.ours)
			}
		case want.Error != nil && err == nil:
			t.Errorf("%v: have %v, want an error as Spark's: %s", want.Params, have, want.Error.Message)
		case want.Error != nil:
			t.Logf("%v", err)
		case err != nil:
			t.Errorf("%v: %v", want.Params, err)
		case have == float64(want.Value): // also where both are infinite
		case !(math.Abs(have-float64(want.Value)) <= most*max(1, math.Abs(float64(want.Value)))):
			t.Errorf("%v: have %v, want %v", want.Params, have, want.Value)
		case e.LargerIsBetter() != want.LargerBetter:
			t.Errorf("%v: have LargerIsBetter %v, want %v", want.Params, e.LargerIsBetter(), want.LargerBetter)
		}
	}
}

// run fits the stage and reads what it makes of the input.
func run(t *testing.T, stage pipeline.Stage, c sparkcase.Case) (at string, out dataset.Dataset, err error) {
	model, ok := stage.(pipeline.Transformer)
	if est, isEst := stage.(pipeline.Estimator); isEst {
		if model, err = pipeline.Fit(t.Context(), est, c.Fit); err != nil {
			return "fit", nil, err
		}
	} else if !ok {
		t.Fatalf("have a %T, want an Estimator or a Transformer", stage)
	}
	lazy, err := pipeline.Apply(model, c.Input)
	if err != nil {
		return "transform", nil, err
	}
	table, err := dataset.Collect(t.Context(), lazy)
	return "transform", table, err
}

func checkDifference(t *testing.T, c sparkcase.Case, ours string, out dataset.Dataset, err error) {
	switch ours {
	case "unheld":
		if c.Unheld == nil {
			t.Error("the table holds the rows")
		}
	case "4.1":
		newer := sparkcase.Load(t, c.Name+"_spark41")
		if err != nil {
			t.Fatal(err)
		}
		newer.Check(t, out, sparkcase.Tolerance{})
	case "two classes":
		if err != nil {
			t.Fatal(err)
		}
		c.Check(t, out, tolerances[c.Stage])
	case "fits", "ties", "draws": // see TestTreesEqualUpToTies and TestForestsAreOfOneKind
		if err != nil {
			t.Fatal(err)
		}
	case "null is a category":
		if err != nil {
			t.Fatal(err)
		}
		for k, r := range c.Expected {
			for name, v := range r.Values {
				if v == nil {
					c.Expected[k].Values[name] = make([]float64, 3) // the extra category is the last
				}
			}
		}
		c.Check(t, out, sparkcase.Tolerance{})
	default:
		if labels, ok := strings.CutPrefix(ours, "labels "); ok {
			f, _ := out.Schema().Lookup(c.Added[0].Name)
			if got := strings.Join(f.Attr.Labels, " "); got != labels {
				t.Errorf("have labels %q, want %q", got, labels)
			}
			return
		}
		if err == nil || !strings.Contains(err.Error(), ours) {
			t.Errorf("have error %v, want one with %s", err, ours)
		}
	}
}

// checkAttrs compares what the schema says of the added columns with Spark's
// metadata, where ours keeps it.
func checkAttrs(t *testing.T, c sparkcase.Case, schema dataset.Schema) {
	for _, want := range c.Added {
		have, ok := schema.Lookup(want.Name)
		if !ok {
			t.Errorf("column %q is not there", want.Name)
			continue
		}
		if want.Attr.Labels != nil && !slices.Equal(have.Attr.Labels, want.Attr.Labels) {
			t.Errorf("column %q: have labels %q, want %q", want.Name, have.Attr.Labels, want.Attr.Labels)
		}
		if want.Attr.Scale != dataset.Unknown && have.Attr.Scale != want.Attr.Scale {
			t.Errorf("column %q: have scale %v, want %v", want.Name, have.Attr.Scale, want.Attr.Scale)
		}
		if want.Size > 0 && have.Size != want.Size {
			t.Errorf("column %q: have size %d, want %d", want.Name, have.Size, want.Size)
		}
		for j, d := range want.Dims {
			if have.Dims == nil || have.Dims[j].Scale != d.Scale || !slices.Equal(have.Dims[j].Labels, d.Labels) {
				t.Errorf("column %q: dimension %d: have %+v, want %+v", want.Name, j, have.Dims, d)
			}
			if name := have.Dims[j].Name; name != d.Name && !strings.HasSuffix(name, "="+d.Name) && !strings.HasSuffix(d.Name, "_"+after(name)) {
				t.Errorf("column %q: dimension %d: have name %q, want %q", want.Name, j, name, d.Name)
			}
		}
	}
}

// after returns the label in a name such as service=http, which Spark calls http, or
// service_vec_http once assembled.
func after(name string) string { return name[strings.IndexByte(name, '=')+1:] }
