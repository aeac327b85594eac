package anomaly_test

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/estimator/evaluate"
	"github.com/millrace-ml/millrace/feature"
	"github.com/millrace-ml/millrace/internal/reference"
	"github.com/millrace-ml/millrace/pipeline"
)

// kddColumns are the columns of the KDD Cup 99 data, in file order.
var kddColumns = strings.Fields(`duration protocol_type service flag src_bytes dst_bytes land wrong_fragment urgent
	hot num_failed_logins logged_in num_compromised root_shell su_attempted num_root num_file_creations num_shells
	num_access_files num_outbound_cmds is_host_login is_guest_login count srv_count serror_rate srv_serror_rate
	rerror_rate srv_rerror_rate same_srv_rate diff_srv_rate srv_diff_host_rate dst_host_count dst_host_srv_count
	dst_host_same_srv_rate dst_host_diff_srv_rate dst_host_same_src_port_rate dst_host_srv_diff_host_rate
	dst_host_serror_rate dst_host_srv_serror_rate dst_host_rerror_rate dst_host_srv_rerror_rate label`)

var kddTexts = []string{"protocol_type", "service", "flag", "label"}

// kddWide are the columns that the original did not store as 32-bit numbers.
var kddWide = []string{"land", "logged_in", "is_host_login", "is_guest_login"}

const kddPart = 16 // chunks a part

func newKDD(file string) func() (*dataset.Table, error) {
	return sync.OnceValues(func() (*dataset.Table, error) {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, err
		}
		return parseKDD(z)
	})
}

var kddFiles sync.Map // path to func() (*dataset.Table, error)

// kdd reads a file of the KDD Cup 99 data, and adds is_anomaly, which is 0 for
// normal rows, and row, the number of the row.
func kdd(t testing.TB, name string) *dataset.Table {
	t.Helper()
	path := reference.Path(t, "data", "kdd", name)
	read, _ := kddFiles.LoadOrStore(path, newKDD(path))
	table, err := read.(func() (*dataset.Table, error))()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func parseKDD(in io.Reader) (*dataset.Table, error) {
	r := csv.NewReader(bufio.NewReaderSize(in, 1<<16))
	r.ReuseRecord = true
	var schema dataset.Schema
	for _, name := range kddColumns {
		typ := dataset.Float
		if slices.Contains(kddTexts, name) {
			typ = dataset.String
		}
		schema.Fields = append(schema.Fields, dataset.Field{Name: name, Type: typ})
	}
	schema.Fields = append(schema.Fields, dataset.Field{Name: "is_anomaly", Type: dataset.Float}, dataset.Field{Name: "row", Type: dataset.Int})
	var parts [][]dataset.Chunk
	for chunk := 0; ; chunk++ {
		origin := dataset.Origin{Part: chunk / kddPart, First: int64(chunk%kddPart) * dataset.ChunkRows}
		c, err := parseKDDChunk(r, schema, origin)
		if err != nil {
			return nil, err
		}
		if c.Rows() == 0 {
			return dataset.NewTable(schema, parts)
		}
		if chunk%kddPart == 0 {
			parts = append(parts, nil)
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], c)
	}
}

func parseKDDChunk(r *csv.Reader, schema dataset.Schema, origin dataset.Origin) (dataset.Chunk, error) {
	floats := make([]dataset.Floats, len(kddColumns))
	texts := make([]dataset.Strings, len(kddColumns))
	var anomalies dataset.Floats
	var rows dataset.Ints
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
			code := slices.Index(texts[k].Dict, text)
			if code < 0 {
				code = len(texts[k].Dict)
				texts[k].Dict = append(texts[k].Dict, strings.Clone(text))
			}
			texts[k].Codes = append(texts[k].Codes, int32(code))
		}
		anomalies = append(anomalies, 1)
		if record[len(record)-1] == "normal." {
			anomalies[len(anomalies)-1] = 0
		}
		rows.Values = append(rows.Values, int64(origin.Part)*kddPart*dataset.ChunkRows+origin.First+int64(len(rows.Values)))
	}
	var cols []dataset.Column
	for k := range kddColumns {
		if schema.Fields[k].Type == dataset.Float {
			cols = append(cols, floats[k])
		} else {
			cols = append(cols, texts[k])
		}
	}
	return dataset.NewChunk(schema, origin, append(cols, anomalies, rows)...)
}

// narrow rounds the columns that the original stored so to 32-bit numbers.
func narrow(ds dataset.Dataset) dataset.Dataset {
	return dataset.Map(ds, ds.Schema(), func(c dataset.Chunk) (dataset.Chunk, error) {
		cols := make([]dataset.Column, len(c.Schema().Fields))
		for k, f := range c.Schema().Fields {
			cols[k] = c.Column(k)
			if x, ok := cols[k].(dataset.Floats); ok && !slices.Contains(kddWide, f.Name) {
				y := make(dataset.Floats, len(x))
				for i, v := range x {
					y[i] = float64(float32(v))
				}
				cols[k] = y
			}
		}
		return dataset.NewChunk(c.Schema(), c.Origin(), cols...)
	})
}

// keepRows keeps the rows whose number in the file is wanted.
func keepRows(ds dataset.Dataset, wanted func(row int64) bool) dataset.Dataset {
	return dataset.Map(ds, ds.Schema(), func(c dataset.Chunk) (dataset.Chunk, error) {
		rows, err := dataset.Get[dataset.Ints](c, "row")
		if err != nil {
			return c, err
		}
		var keep []int32
		for i, row := range rows.Values {
			if wanted(row) {
				keep = append(keep, int32(i))
			}
		}
		return c.Filter(keep), nil
	})
}

// split80 is the deterministic split of the 10 % file: row i is for training if
// output i of SplitMix64 started at 123 is below 0.8.
func split80(ds dataset.Dataset, train bool) dataset.Dataset {
	return keepRows(ds, func(row int64) bool {
		z := 123 + (uint64(row)+1)*0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
		return (float64(z>>11)*0x1p-53 < 0.8) == train
	})
}

// kddStages are the original's feature stages, to "features" and "features_scaled".
func kddStages() []pipeline.Stage {
	texts := kddTexts[:3]
	var index, hot, all []string
	for _, name := range kddColumns[:41] {
		if !slices.Contains(texts, name) {
			all = append(all, name)
		}
	}
	for _, name := range texts {
		index, hot = append(index, name+"_index"), append(hot, name+"_hot")
	}
	return []pipeline.Stage{
		feature.StringIndexer{InputCols: texts, OutputCols: index, HandleInvalid: feature.Keep},
		feature.OneHotEncoder{InputCols: index, OutputCols: hot},
		feature.VectorAssembler{InputCols: append(all, hot...)},
		feature.StandardScaler{WithMean: true},
	}
}

func fitted(t testing.TB, ds dataset.Dataset, stages ...pipeline.Stage) pipeline.Transformer {
	t.Helper()
	m, err := pipeline.Fit(t.Context(), pipeline.New(stages...), ds)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// evaluated says how well the column score finds the rows that are anomalies.
func evaluated(t *testing.T, ds dataset.Dataset) *evaluate.BinaryReport {
	t.Helper()
	r, err := evaluate.Binary{LabelCol: "is_anomaly", RawPredictionCol: "score"}.Report(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const (
	tenPercent = "kddcup.data_10_percent.gz"
	corrected  = "corrected.gz"
)
