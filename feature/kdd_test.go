package feature_test

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/feature"
	"github.com/millrace-ml/millrace/internal/reference"
	"github.com/millrace-ml/millrace/internal/sparkcase"
	"github.com/millrace-ml/millrace/pipeline"
)

// kddColumns are the columns of the KDD Cup 99 data, in file order.
var kddColumns = []string{
	"duration", "protocol_type", "service", "flag", "src_bytes", "dst_bytes", "land", "wrong_fragment", "urgent", "hot",
	"num_failed_logins", "logged_in", "num_compromised", "root_shell", "su_attempted", "num_root", "num_file_creations",
	"num_shells", "num_access_files", "num_outbound_cmds", "is_host_login", "is_guest_login", "count", "srv_count",
	"serror_rate", "srv_serror_rate", "rerror_rate", "srv_rerror_rate", "same_srv_rate", "diff_srv_rate",
	"srv_diff_host_rate", "dst_host_count", "dst_host_srv_count", "dst_host_same_srv_rate", "dst_host_diff_srv_rate",
	"dst_host_same_src_port_rate", "dst_host_srv_diff_host_rate", "dst_host_serror_rate", "dst_host_srv_serror_rate",
	"dst_host_rerror_rate", "dst_host_srv_rerror_rate", "label",
}

var kddTexts = []string{"protocol_type", "service", "flag", "label"}

// kdd reads the 10 % file as one part.
func kdd(t testing.TB) *dataset.Table {
	t.Helper()
	path := reference.Path(t, "data", "kdd", "kddcup.data_10_percent.gz")
	table, err := readKDD(path)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

var readKDD = onceFor(func(path string) (*dataset.Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bufio.NewReaderSize(z, 1<<16))
	r.ReuseRecord = true
	var schema dataset.Schema
	for _, name := range kddColumns {
		typ := dataset.Float
		if slices.Contains(kddTexts, name) {
			typ = dataset.String
		}
		schema.Fields = append(schema.Fields, dataset.Field{Name: name, Type: typ})
	}
	var chunks []dataset.Chunk
	for first := int64(0); ; first += dataset.ChunkRows {
		c, err := readChunk(r, schema, first)
		if err != nil {
			return nil, err
		}
		if c.Rows() == 0 {
			return dataset.NewTable(schema, [][]dataset.Chunk{chunks})
		}
		chunks = append(chunks, c)
	}
})

func readChunk(r *csv.Reader, schema dataset.Schema, first int64) (dataset.Chunk, error) {
	floats := make([]dataset.Floats, len(schema.Fields))
	texts := make([]dataset.Strings, len(schema.Fields))
	codes := make([]map[string]int32, len(schema.Fields))
	for k := range codes {
		codes[k] = map[string]int32{}
	}
	for range dataset.ChunkRows {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return dataset.Chunk{}, err
		}
		for k, text := range record {
			if schema.Fields[k].Type == dataset.Float {
				x, err := strconv.ParseFloat(text, 64)
				if err != nil {
					return dataset.Chunk{}, err
				}
				floats[k] = append(floats[k], x)
				continue
			}
			code, ok := codes[k][text]
			if !ok {
				code = int32(len(texts[k].Dict))
				codes[k][text] = code
				texts[k].Dict = append(texts[k].Dict, text)
			}
			texts[k].Codes = append(texts[k].Codes, code)
		}
	}
	cols := make([]dataset.Column, len(schema.Fields))
	for k, f := range schema.Fields {
		cols[k] = floats[k]
		if f.Type == dataset.String {
			cols[k] = texts[k]
		}
	}
	return dataset.NewChunk(schema, dataset.Origin{First: first}, cols...)
}

// onceFor calls fn for the first argument only.
func onceFor[A comparable, R any](fn func(A) (R, error)) func(A) (R, error) {
	var (
		once sync.Once
		res  R
		err  error
	)
	return func(a A) (R, error) {
		once.Do(func() { res, err = fn(a) })
		return res, err
	}
}

// kddFeatures are the original's feature stages: numbers in file order, then the
// three texts one-hot.
func kddFeatures() pipeline.Pipeline {
	var inputs []string
	for _, name := range kddColumns {
		if !slices.Contains(kddTexts, name) {
			inputs = append(inputs, name)
		}
	}
	texts := kddTexts[:3]
	index := []string{"protocol_type_index", "service_index", "flag_index"}
	vec := []string{"protocol_type_index_vec", "service_index_vec", "flag_index_vec"}
	return pipeline.New(
		feature.StringIndexer{InputCols: texts, HandleInvalid: feature.Keep},
		pipeline.TrainOnly(feature.StringIndexer{InputCols: []string{"label"}}),
		feature.OneHotEncoder{InputCols: index},
		feature.VectorAssembler{InputCols: append(inputs, vec...)},
		feature.StandardScaler{WithMean: true},
	)
}

// TestKDD fits the original's features on the real 10 % file, as one part.
func TestKDD(t *testing.T) {
	if testing.Short() {
		t.Skip("reads half a million rows")
	}
	table := kdd(t)
	model, err := pipeline.Fit(t.Context(), kddFeatures(), table)
	if err != nil {
		t.Fatal(err)
	}
	indexer, _ := pipeline.Find[*feature.StringIndexerModel](model)
	scaler, _ := pipeline.Find[*feature.StandardScalerModel](model)

	t.Run("labels", func(t *testing.T) {
		want := make([][]string, 3)
		for _, r := range readCSV(t, "reference", "kdd", "labels.csv") { // fit,column,index,label,count
			if k := slices.Index(kddTexts[:3], r["column"]); k >= 0 && r["fit"] == "all10" {
				want[k] = append(want[k], r["label"])
			}
		}
		if d := cmp.Diff(want, indexer.Labels); d != "" {
			t.Errorf("labels (-want +got):\n%s", d)
		}
	})
	t.Run("scaler", func(t *testing.T) {
		// The reference sums in row order and is itself up to 2e-11 off: the exact
		// deviation of src_bytes, from sums of integers, is 988218.101050391459.
		near := sparkcase.Tolerance{Relative: 3e-11, ZeroSign: true}
		if j := 1; math.Abs(scaler.Std[j]/988218.101050391459-1) > 1e-13 {
			t.Errorf("%s: have deviation %v, want 988218.101050391459", scaler.Out.Dims[j].Name, scaler.Std[j])
		}
		rows := readCSV(t, "reference", "kdd", "original_all10_scaler.csv")
		if len(rows) != len(scaler.Mean) {
			t.Fatalf("have %d dimensions, want %d", len(scaler.Mean), len(rows))
		}
		for j, r := range rows {
			if mean, std := float(t, r["mean"]), float(t, r["std"]); !near.Near(mean, scaler.Mean[j]) || !near.Near(std, scaler.Std[j]) {
				t.Errorf("%s: have mean %v, deviation %v, want %v, %v", r["feature"], scaler.Mean[j], scaler.Std[j], mean, std)
			}
		}
	})
	t.Run("spark", func(t *testing.T) { sameAsSpark(t, indexer, scaler) })

	out := apply(model, table)
	c := firstChunk(t, out)
	t.Run("first 20 rows", func(t *testing.T) {
		near := sparkcase.Tolerance{Absolute: 3e-11, Relative: 3e-11} // as above
		v, err := dataset.Get[*dataset.Vectors](c, "features_scaled")
		if err != nil {
			t.Fatal(err)
		}
		row := make([]float64, v.Dim())
		for i, r := range readCSV(t, "reference", "kdd", "original_all10_scaled_first20.csv") {
			v.Row(i, row)
			for j, d := range scaler.Out.Dims {
				want, ok := r[d.Name]
				if !ok {
					t.Fatalf("dimension %d is called %q, which the reference does not know", j, d.Name)
				}
				if x := float(t, want); !near.Near(x, row[j]) {
					t.Errorf("row %d: %s: have %v, want %v", i, d.Name, row[j], x)
				}
			}
		}
	})
	t.Run("sampled rows", func(t *testing.T) { sameRowsAsSpark(t, out) })
}

// sameAsSpark compares all that was learned with Spark's own model, bit for bit.
func sameAsSpark(t *testing.T, indexer *feature.StringIndexerModel, scaler *feature.StandardScalerModel) {
	var saved struct {
		Stages []struct {
			Data struct {
				Labels    [][]string       `json:"labelsArray"`
				Mean, Std sparkcase.Vector `json:",omitempty"`
			}
		}
	}
	f, err := os.Open(reference.Path(t, "reference", "spark", "kdd", "features", "model.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(&saved); err != nil {
		t.Fatal(err)
	}
	for k := range indexer.Labels {
		if d := cmp.Diff(saved.Stages[k].Data.Labels[0], indexer.Labels[k]); d != "" {
			t.Errorf("labels of %s (-want +got):\n%s", kddTexts[k], d)
		}
	}
	learned := saved.Stages[len(saved.Stages)-1].Data
	for j := range learned.Mean {
		if !equal(learned.Mean[j], scaler.Mean[j]) || !equal(learned.Std[j], scaler.Std[j]) {
			t.Errorf("%s: have mean %v, deviation %v, want the bits of %v, %v",
				scaler.Out.Dims[j].Name, scaler.Mean[j], scaler.Std[j], learned.Mean[j], learned.Std[j])
		}
	}
	if len(learned.Mean) != 118 || len(scaler.Mean) != 118 {
		t.Errorf("have %d dimensions, want 118", len(scaler.Mean))
	}
}

func sameRowsAsSpark(t *testing.T, out dataset.Dataset) {
	f, err := os.Open(reference.Path(t, "reference", "spark", "kdd", "features", "sampled.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	type sample struct {
		Row      int64
		Features sparkcase.Vector
		Scaled   sparkcase.Vector `json:"norm_features"`
	}
	samples, row, scaled := json.NewDecoder(f), make([]float64, 118), 0
	var want sample
	next := func() bool {
		want = sample{}
		err := samples.Decode(&want)
		if err != nil && err != io.EOF {
			t.Fatal(err)
		}
		return err == nil
	}
	more, n := next(), 0
	for c, err := range dataset.Chunks(t.Context(), out) {
		if err != nil {
			t.Fatal(err)
		}
		v, _ := dataset.Get[*dataset.Vectors](c, "features")
		z, _ := dataset.Get[*dataset.Vectors](c, "features_scaled")
		first := c.Origin().First
		for ; more && want.Row < first+int64(c.Rows()); more = next() {
			n++
			v.Row(int(want.Row-first), row)
			if !slices.EqualFunc(want.Features, row, equal) {
				t.Errorf("row %d: features: have %v, want %v", want.Row, row, want.Features)
			}
			if want.Scaled == nil {
				continue
			}
			scaled++
			z.Row(int(want.Row-first), row)
			if !slices.EqualFunc(want.Scaled, row, equal) {
				t.Errorf("row %d: scaled: have %v, want the bits of %v", want.Row, row, want.Scaled)
			}
		}
	}
	if n != 301 || scaled != 10 { // every 1646th of 494,021; scaled for the first ten
		t.Errorf("compared %d rows and %d scaled ones, want 301 and 10", n, scaled)
	}
}

func equal(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) }

func firstChunk(t testing.TB, ds dataset.Dataset) dataset.Chunk {
	t.Helper()
	for c, err := range ds.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	t.Fatal("have no rows")
	return dataset.Chunk{}
}

func readCSV(t *testing.T, elem ...string) []map[string]string {
	t.Helper()
	f, err := os.Open(reference.Path(t, elem...))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, r := range records[1:] {
		row := map[string]string{}
		for k, name := range records[0] {
			row[name] = r[k]
		}
		out = append(out, row)
	}
	return out
}

func float(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
