package anomaly

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
)

// calibrate returns the threshold of the split-conformal rule: with n rows held out,
// the score of rank ceil((n+1) (1-a)) from below, where a is FalseAlarmRate. A normal
// row that is exchangeable with the n rows scores above it with a probability of at
// most a, over the draw of all n+1 rows, whatever the distribution; ties only lower it.
// The threshold is raised by a part in 10^9, so that a row equal to the one that set it
// is not above it by rounding, where its blocks are laid out otherwise.
//
// Sources: Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World (2005),
// proposition 2.3 and section 4.1; Lei, G'Sell, Rinaldo, Tibshirani and Wasserman,
// JASA 113 (2018) 1094, theorem 2.2.
func (m *PCAAnomalyModel) calibrate(ctx context.Context, ds dataset.Dataset, rows selection) (float64, error) {
	keep := keptScores(m.Calibration, m.Params.FalseAlarmRate)
	s, err := fold.Run(ctx, ds, highest{Model: m, Rows: rows, Keep: keep})
	if err != nil {
		return 0, err
	}
	s.trim(keep)
	if len(s.Scores) != keep {
		return 0, fmt.Errorf("have %d of the %d rows to calibrate with, want the same rows in each pass", len(s.Scores), keep)
	}
	return s.Scores[keep-1] * (1 + 1e-9), nil
}

// keptScores returns the rank of the threshold from above among n scores; 0 where n is
// too few for the rate: floor((n+1) a) = n + 1 - ceil((n+1) (1-a)).
func keptScores(n int64, rate float64) int { return int(math.Floor(float64(n+1) * rate)) }

// topScores are the highest scores seen, in no order.
type topScores struct{ Scores []float64 }

// trim leaves the keep highest scores, falling.
func (s *topScores) trim(keep int) {
	slices.SortFunc(s.Scores, func(a, b float64) int {
		switch {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	s.Scores = s.Scores[:min(keep, len(s.Scores))]
}

// highest folds the rows held out into the highest of their scores.
type highest struct {
	Model *PCAAnomalyModel
	Rows  selection
	Keep  int
}

func (highest) Zero() *topScores { return new(topScores) }

func (a highest) Add(s *topScores, c dataset.Chunk) (*topScores, error) {
	v, _, held, err := a.Rows.pick(c)
	if err != nil || len(held) == 0 {
		return s, err
	}
	plan := a.Model.distance.plan(v)
	for _, i := range held {
		score := plan.score(int(i))
		if math.IsNaN(score) {
			return s, fmt.Errorf("column %q: part %d, row %d: have a NaN in a row to calibrate with, want numbers",
				a.Rows.Input, c.Origin().Part, c.Origin().Row(int(i)))
		}
		s.Scores = append(s.Scores, score)
	}
	if len(s.Scores) > 2*a.Keep+dataset.ChunkRows {
		s.trim(a.Keep)
	}
	return s, nil
}

func (a highest) Merge(s, other *topScores) (*topScores, error) {
	s.Scores = append(s.Scores, other.Scores...)
	s.trim(a.Keep)
	return s, nil
}
