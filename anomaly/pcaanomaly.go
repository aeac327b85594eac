package anomaly

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/check"
	"github.com/millrace-ml/millrace/pipeline"
)

func init() {
	pipeline.Register[PCAAnomaly]("anomaly.PCAAnomaly")
	pipeline.Register[*PCAAnomalyModel]("anomaly.PCAAnomalyModel", pipeline.Ready((*PCAAnomalyModel).ready))
}

// Compat says which detector [PCAAnomaly] is.
type Compat uint8

const (
	Corrected     Compat = iota // scaled, clipped and centred on the rows it learns from
	SparkNotebook               // the notebooks' detector for Spark 2.4: none of these; see doc.go
)

var compatNames = []string{"Corrected", "SparkNotebook"}

// String returns the name of the constant.
func (c Compat) String() string { return check.Name(compatNames, c) }

// MarshalText gives the name, as saved models hold it.
func (c Compat) MarshalText() ([]byte, error) { return check.MarshalName(compatNames, c) }

// UnmarshalText reads what MarshalText gives.
func (c *Compat) UnmarshalText(text []byte) (err error) {
	*c, err = check.ParseName[Compat](compatNames, text)
	return err
}

// PCAAnomaly learns the directions in which normal rows vary most, and scores a row
// by its squared distance from the plane that they span. Over the rows that are
// learned from, those with label 0, let mean and s be the mean and the unbiased
// standard deviation of each dimension of the input x. Then
//
//	z     = clip((x - mean) / max(s, Floor))      within -Clip and Clip
//	d     = z - m                                 m is the mean of z
//	score = |d|² - |V'd|²                         in squared standard deviations
//
// where the columns of V are the first K eigenvectors of the covariance of z. With
// Compat: [SparkNotebook], d is x as it comes, and V belongs to the covariance of x.
// Nothing depends on the other rows that are scored.
//
// A component without variance is 0 throughout and explains nothing. A dimension with
// s = 0 while Floor is off counts for nothing. Fit returns an error where a row that it
// learns from holds a NaN or an infinity; a row whose label is missing is not learned
// from. While scoring, a NaN makes the score NaN, which is missing, and the prediction
// missing; an infinity is clipped, and without Clip makes the score +Inf (in a dimension
// that counts for nothing NaN).
//
// Fit reads the data twice; with FalseAlarmRate three times, and once more where the
// source does not know how many rows its parts have. Above 1,000 dimensions the second
// pass becomes 2 to 20 passes of randomised subspace iteration, since the covariance
// would not fit.
//
// Sources: Jackson and Mudholkar, Technometrics 21 (1979) 341, for the residual;
// Shyu, Chen, Sarinnapakorn and Chang, ICDM Foundations of Data Mining Workshop 2003,
// for network intrusions; package internal/linalg for the eigenvectors.
type PCAAnomaly struct {
	InputCol string // vector column to score; default "features"
	LabelCol string // numeric column, 0 = normal row; default "" = all rows are normal
	Compat   Compat // default Corrected

	K             int     // components, 1 to the dimension; default 2
	VarianceShare float64 // instead of K: the fewest components with this share of the variance; default 0 = off

	Clip  *float64 // largest |z|; 0 = off; default 5
	Floor *float64 // least standard deviation, in units of InputCol; 0 = off; default 0.01

	OutputCol     string // score column to add; default "anomaly_score"
	RawScoreCol   string // adds the score under a second name; default "" = none
	ProjectionCol string // adds the vector V'd; default "" = none

	FalseAlarmRate   float64 // share of normal rows that may be predicted 1; default 0 = no prediction
	PredictionCol    string  // column to add, 1 = anomaly, with FalseAlarmRate; default "prediction"
	CalibrationShare float64 // share of the normal rows that set the threshold; default 0.2
	Seed             uint64  // chooses these rows; default 0
}

func (p PCAAnomaly) defaults() PCAAnomaly {
	p.InputCol = cmp.Or(p.InputCol, "features")
	p.OutputCol = cmp.Or(p.OutputCol, "anomaly_score")
	p.PredictionCol = cmp.Or(p.PredictionCol, "prediction")
	p.CalibrationShare = cmp.Or(p.CalibrationShare, 0.2)
	clip, floor := 5.0, 0.01
	if p.Compat == SparkNotebook {
		clip, floor = 0, 0
	}
	p.Clip, p.Floor = check.Or(p.Clip, clip), check.Or(p.Floor, floor)
	if p.VarianceShare == 0 {
		p.K = cmp.Or(p.K, 2)
	}
	return p
}

func (p PCAAnomaly) check() error {
	errs := []error{
		check.OneOf("Compat", p.Compat, Corrected, SparkNotebook),
		check.AtLeast("Clip", *p.Clip, 0),
		check.AtLeast("Floor", *p.Floor, 0),
		check.Share("CalibrationShare", p.CalibrationShare),
	}
	if p.FalseAlarmRate != 0 {
		errs = append(errs, check.Share("FalseAlarmRate", p.FalseAlarmRate))
	}
	if p.VarianceShare != 0 {
		errs = append(errs, check.Share("VarianceShare", p.VarianceShare))
		if p.K != 0 {
			errs = append(errs, fmt.Errorf("%s is %d, want 0 with VarianceShare", "K", p.K))
		}
	} else {
		errs = append(errs, check.AtLeast("K", p.K, 1))
	}
	if p.Compat == SparkNotebook && (*p.Clip != 0 || *p.Floor != 0) {
		errs = append(errs, fmt.Errorf("%s is %v and Floor %v, want neither with SparkNotebook", "Clip", *p.Clip, *p.Floor))
	}
	return errors.Join(errs...)
}

// fields describes the columns that are added, for k components (0 = not known).
func (p PCAAnomaly) fields(k int) []dataset.Field {
	var out []dataset.Field
	if p.ProjectionCol != "" {
		f := dataset.Field{Name: p.ProjectionCol, Type: dataset.Vector, Size: k}
		for c := range k {
			f.Dims = append(f.Dims, dataset.Attr{Name: fmt.Sprintf("pc%d", c+1), Scale: dataset.Continuous})
		}
		out = append(out, f)
	}
	number := dataset.Attr{Scale: dataset.Continuous}
	if p.RawScoreCol != "" {
		out = append(out, dataset.Field{Name: p.RawScoreCol, Type: dataset.Float, Attr: number})
	}
	out = append(out, dataset.Field{Name: p.OutputCol, Type: dataset.Float, Attr: number})
	if p.FalseAlarmRate > 0 {
		out = append(out, dataset.Field{Name: p.PredictionCol, Type: dataset.Float, Attr: dataset.Attr{Scale: dataset.Binary}})
	}
	return out
}

// Schema adds ProjectionCol, RawScoreCol, OutputCol and PredictionCol, in this order,
// as far as they are asked for.
func (p PCAAnomaly) Schema(in dataset.Schema) (dataset.Schema, error) {
	p = p.defaults()
	f, errIn := in.Want(p.InputCol, dataset.Vector)
	if errIn == nil && f.Size > 0 {
		errIn = p.fits(f.Size)
	}
	var errLabel error
	if p.LabelCol != "" {
		_, errLabel = in.Want(p.LabelCol, dataset.Numeric...)
	}
	out, errOut := in.With(p.fields(p.K)...)
	return out, errors.Join(p.check(), errIn, errLabel, errOut)
}

// fits checks the parameters that depend on the dimension of the input.
func (p PCAAnomaly) fits(dim int) error {
	if dim < 1 {
		return fmt.Errorf("column %q: have vectors of size 0, want at least 1", p.InputCol)
	}
	if p.K > dim {
		return fmt.Errorf("%s is %d, want at most %d, the dimension of column %q", "K", p.K, dim, p.InputCol)
	}
	if p.VarianceShare > 0 && dim > exactDims {
		return fmt.Errorf("VarianceShare is %v, want K instead for the %d dimensions of column %q, which are more than %d",
			p.VarianceShare, dim, p.InputCol, exactDims)
	}
	return nil
}

// Fit returns a *PCAAnomalyModel. It needs at least two rows to learn from, and with
// FalseAlarmRate at least 1/FalseAlarmRate - 1 rows besides to set the threshold.
func (p PCAAnomaly) Fit(ctx context.Context, ds dataset.Dataset) (pipeline.Transformer, error) {
	if _, err := p.Schema(ds.Schema()); err != nil {
		return nil, err
	}
	p = p.defaults()
	rows, err := newSelection(ctx, p, ds)
	if err != nil {
		return nil, err
	}
	m, common, err := p.standardize(ctx, ds, rows)
	if err != nil {
		return nil, err
	}
	m.Sources = sources(ds.Schema(), p.InputCol, len(m.Mean))
	if err := m.decompose(ctx, ds, rows, common); err != nil {
		return nil, err
	}
	if err := m.ready(); err != nil {
		return nil, err
	}
	if p.FalseAlarmRate > 0 {
		if m.Threshold, err = m.calibrate(ctx, ds, rows); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// sources names the column of the table that each dimension comes from: the
// dimension itself where the schema does not say.
func sources(s dataset.Schema, col string, dim int) []string {
	f, _ := s.Lookup(col)
	out := make([]string, dim)
	for j := range out {
		out[j] = fmt.Sprintf("%s[%d]", col, j)
		if j < len(f.Dims) {
			out[j] = cmp.Or(f.Dims[j].Source, f.Dims[j].Name, out[j])
		}
	}
	return out
}

// A PCAAnomalyModel is a fitted PCAAnomaly.
type PCAAnomalyModel struct {
	Params      PCAAnomaly // as resolved by Fit
	Sources     []string   // column of the table that each dimension comes from
	Rows        int64      // that were learned from
	Mean, Std   []float64  // of each dimension of the input
	Centre      []float64  // m, the mean of z
	Components  []float64  // V': a row for each component, of unit length or 0
	Eigenvalues []float64  // variance along each component, falling
	Variance    float64    // of z in all directions
	Calibration int64      // rows that set the threshold
	Threshold   float64    // a score above it is predicted 1, with FalseAlarmRate

	distance residual // from the above, by ready
}

// ready derives distance. It fails on a model that Fit cannot have made.
func (m *PCAAnomalyModel) ready() error {
	dim, k, p := len(m.Mean), len(m.Eigenvalues), m.Params
	if dim < 1 || len(m.Std) != dim || len(m.Centre) != dim || len(m.Sources) != dim {
		return fmt.Errorf("have %d means, %d deviations, %d centres and %d sources, want one of each for every dimension",
			dim, len(m.Std), len(m.Centre), len(m.Sources))
	}
	if k < 1 || k > dim || len(m.Components) != k*dim {
		return fmt.Errorf("have %d eigenvalues and components of %d numbers, want %d for each of 1 to %d", k, len(m.Components), dim, dim)
	}
	if p.Clip == nil || p.Floor == nil {
		return errors.New("have no Clip or no Floor, want parameters as resolved by Fit")
	}
	if err := p.check(); err != nil {
		return err
	}
	view := p.view(m.Mean, m.Std)
	if p.Compat == Corrected {
		view.Shift = m.Centre
	}
	m.distance = newResidual(view, m.Components, k)
	return nil
}

// Schema is that of the estimator, with the sizes known. It does not want LabelCol.
func (m *PCAAnomalyModel) Schema(in dataset.Schema) (dataset.Schema, error) {
	_, errIn := in.WantVector(m.Params.InputCol, len(m.Mean))
	out, errOut := in.With(m.Params.fields(len(m.Eigenvalues))...)
	return out, errors.Join(errIn, errOut)
}

// Transform adds the columns of Schema.
func (m *PCAAnomalyModel) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	out, s, err := m.bind(c)
	if err != nil {
		return c, err
	}
	for i := range c.Rows() {
		s.score(i)
	}
	return out, nil
}

// BindRow scores in place, without allocating.
func (m *PCAAnomalyModel) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	out, s, err := m.bind(c)
	if err != nil {
		return c, nil, err
	}
	return out, func() error { s.score(0); return nil }, nil
}

// bind adds the columns, which are filled row by row by the scorer.
func (m *PCAAnomalyModel) bind(c dataset.Chunk) (dataset.Chunk, *scorer, error) {
	v, err := m.input(c)
	if err != nil {
		return c, nil, err
	}
	n, k := c.Rows(), len(m.Eigenvalues)
	s := &scorer{plan: m.distance.plan(v), scores: make(dataset.Floats, n), threshold: m.Threshold}
	for _, f := range m.Params.fields(k) {
		var col dataset.Column = s.scores
		switch {
		case f.Type == dataset.Vector:
			s.projections = make([]float64, n*k)
			if col, err = dataset.NewDense(k, s.projections); err != nil {
				return c, nil, err
			}
		case f.Attr.Scale == dataset.Binary:
			s.predictions = make(dataset.Floats, n)
			col = s.predictions
		}
		if c, err = c.With(f, col); err != nil {
			return c, nil, err
		}
	}
	return c, s, nil
}

// input returns the vectors to score.
func (m *PCAAnomalyModel) input(c dataset.Chunk) (*dataset.Vectors, error) {
	v, err := dataset.Get[*dataset.Vectors](c, m.Params.InputCol)
	if err == nil && v.Dim() != len(m.Mean) {
		err = &dataset.ColumnError{Column: m.Params.InputCol, Have: dataset.Vector,
			Fact: fmt.Sprintf("have vectors of size %d", v.Dim()), Want: fmt.Sprintf("size %d", len(m.Mean))}
	}
	return v, err
}

// A scorer fills the columns that the model adds.
type scorer struct {
	plan        *plan
	scores      dataset.Floats
	predictions dataset.Floats // nil = not asked for
	projections []float64      // nil = not asked for
	threshold   float64
}

func (s *scorer) score(i int) {
	score := s.plan.score(i)
	s.scores[i] = score
	if s.projections != nil {
		k := len(s.plan.projection())
		copy(s.projections[i*k:], s.plan.projection())
	}
	switch {
	case s.predictions == nil:
	case math.IsNaN(score):
		s.predictions[i] = score
	case score > s.threshold:
		s.predictions[i] = 1
	default:
		s.predictions[i] = 0
	}
}
