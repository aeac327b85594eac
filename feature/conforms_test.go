package feature_test

import (
	"math"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/feature"
	"github.com/millrace-ml/millrace/pipeline"
	"github.com/millrace-ml/millrace/pipeline/pipelinetest"
)

var nan = math.NaN()

// mixed is a table of text, numbers with holes, an index and vectors.
func mixed() *dataset.Table {
	const n = 23
	var (
		text  = dataset.Strings{Codes: make([]int32, n), Dict: []string{"b", "a", "c", "", "a"}}
		x     = make(dataset.Floats, n)
		count = dataset.Ints{Values: make([]int64, n)}
		up    = dataset.Ints{Values: make([]int64, n)}
		index = make(dataset.Floats, n)
		vec   = make([]float64, 3*n)
	)
	for i := range n {
		text.Codes[i] = int32(i*7%6) - 1
		x[i] = float64(i%5) * 0.3
		count.Values[i] = int64(i*i%11 - 3)
		up.Values[i] = int64(i % 2)
		index[i] = float64(i * 3 % 4)
		vec[3*i], vec[3*i+1], vec[3*i+2] = float64(i%3), 1e3+0.1*float64(i), float64(i%7)*0.01
	}
	x[4], x[9] = nan, nan
	count.Absent.Set(5, n)
	v, err := dataset.NewDense(3, vec)
	if err != nil {
		panic(err)
	}
	t, err := dataset.FromColumns(dataset.NewSchema(
		dataset.Field{Name: "text", Type: dataset.String},
		dataset.Field{Name: "x", Type: dataset.Float},
		dataset.Field{Name: "count", Type: dataset.Int},
		dataset.Field{Name: "up", Type: dataset.Bool},
		dataset.Field{Name: "index", Type: dataset.Float},
		dataset.Field{Name: "vec", Type: dataset.Vector, Size: 3},
	), text, x, count, up, index, v)
	if err != nil {
		panic(err)
	}
	return t
}

func TestStringIndexerConforms(t *testing.T) {
	for _, h := range []feature.Handling{feature.Skip, feature.Keep} {
		t.Run(h.String(), func(t *testing.T) {
			pipelinetest.Estimator(t, feature.StringIndexer{InputCols: []string{"text", "x", "count"}, HandleInvalid: h}, mixed())
		})
	}
	t.Run("error", func(t *testing.T) {
		pipelinetest.Estimator(t, feature.StringIndexer{InputCols: []string{"index"}}, mixed())
	})
}

func TestIndexToStringConforms(t *testing.T) {
	pipelinetest.Transformer(t, feature.IndexToString{InputCol: "index", Labels: []string{"p", "q", "r", "s"}}, mixed())
}

func TestOneHotEncoderConforms(t *testing.T) {
	pipelinetest.Estimator(t, feature.OneHotEncoder{InputCols: []string{"index", "up_index"}}, indexed(t, "up"))
	t.Run("keep", func(t *testing.T) {
		pipelinetest.Estimator(t, feature.OneHotEncoder{InputCols: []string{"index"}, HandleInvalid: feature.Keep, KeepLast: true}, mixed())
	})
}

func TestVectorAssemblerConforms(t *testing.T) {
	for _, h := range []feature.Handling{feature.Skip, feature.Keep} {
		t.Run(h.String(), func(t *testing.T) {
			pipelinetest.Transformer(t, feature.VectorAssembler{InputCols: []string{"x", "count", "up", "vec", "x"}, HandleInvalid: h}, mixed())
		})
	}
	t.Run("error", func(t *testing.T) {
		pipelinetest.Transformer(t, feature.VectorAssembler{InputCols: []string{"vec", "index", "up"}}, mixed())
	})
}

func TestStandardScalerConforms(t *testing.T) {
	pipelinetest.Estimator(t, feature.StandardScaler{InputCol: "vec", WithMean: true}, mixed())
	t.Run("without mean", func(t *testing.T) {
		pipelinetest.Estimator(t, feature.StandardScaler{InputCol: "vec"}, mixed())
	})
}

func TestFeaturePipelineConforms(t *testing.T) {
	pipelinetest.Estimator(t, pipeline.New(
		feature.StringIndexer{InputCols: []string{"text", "count"}, HandleInvalid: feature.Keep},
		feature.OneHotEncoder{InputCols: []string{"text_index", "count_index"}},
		feature.VectorAssembler{InputCols: []string{"x", "text_index_vec", "up", "count_index_vec"}, HandleInvalid: feature.Skip},
		feature.StandardScaler{WithMean: true},
	), mixed())
}

// indexed is mixed with a column indexed, so that the schema has its labels.
func indexed(t *testing.T, name string) dataset.Dataset {
	t.Helper()
	ds := mixed()
	labels := dataset.NominalAttr([]string{"no", "yes"})
	schema := ds.Schema()
	i := schema.Index(name)
	f := schema.Fields[i]
	out, err := schema.With(dataset.Field{Name: name + "_index", Type: dataset.Float, Attr: labels})
	if err != nil {
		t.Fatal(err)
	}
	return dataset.Map(ds, out, func(c dataset.Chunk) (dataset.Chunk, error) {
		x, err := dataset.Numbers(c, f.Name)
		if err != nil {
			return c, err
		}
		return c.With(out.Fields[len(out.Fields)-1], x)
	})
}
