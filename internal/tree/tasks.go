package tree

import (
	"context"
	"iter"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
)

// InParallel does tasks 0 to n-1, each by one of the workers that ctx allows. It
// returns the error of the first that failed, or that of ctx.
func InParallel(ctx context.Context, n int, do func(task int) error) error {
	if n < 2 || fold.Workers(ctx) < 2 {
		for task := range n {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := do(task); err != nil {
				return err
			}
		}
		return ctx.Err()
	}
	_, err := fold.Run(ctx, tasks(n), doer(do))
	return err
}

// blockRows is how many rows a task takes.
const blockRows = 1 << 14

// inBlocks does what is to be done with n rows, block by block.
func inBlocks(ctx context.Context, n int, do func(block, from, to int)) error {
	return InParallel(ctx, (n+blockRows-1)/blockRows, func(b int) error {
		do(b, b*blockRows, min((b+1)*blockRows, n))
		return nil
	})
}

// tasks is a dataset of n parts of one chunk without rows, which says its part.
type tasks int

func (tasks) Schema() dataset.Schema { return dataset.Schema{} }
func (t tasks) Parts() int           { return int(t) }

func (tasks) Read(_ context.Context, part int) iter.Seq2[dataset.Chunk, error] {
	return func(yield func(dataset.Chunk, error) bool) {
		c, err := dataset.NewChunk(dataset.Schema{}, dataset.Origin{Part: part})
		yield(c, err)
	}
}

// doer does the task that a chunk of tasks stands for. What it makes is in memory that
// the tasks share.
type doer func(task int) error

func (doer) Zero() struct{} { return struct{}{} }

func (d doer) Add(s struct{}, c dataset.Chunk) (struct{}, error) { return s, d(c.Origin().Part) }

func (doer) Merge(s, _ struct{}) (struct{}, error) { return s, nil }
