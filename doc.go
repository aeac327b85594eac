// Package millrace is a machine-learning pipeline library: learn on tables, score
// anywhere (a batch job, a stream, one row inside a service) with the same code and
// the same bits.
//
// # The one idea
//
// A dataset is parts of immutable columnar chunks. To transform is a pure function
// from chunk to chunk. To learn is a fold over the chunks: an empty state, adding a
// chunk, merging two. A pure function of chunks is batch, stream and single-row
// scoring at once; a fold whose states merge in part order gives the same model bytes
// for any number of workers, on data of any size.
//
// # The packages
//
//   - dataset: schema, chunks, columns; readers and writers; lazy operations.
//     dataset/fold runs aggregators, dataset/kdd is the example's data.
//   - pipeline: stages, pipelines, models, and the scoring of single rows.
//     pipeline/pipelinetest checks any stage in one line.
//   - feature: indexing, encoding, assembling, scaling.
//   - anomaly: detectors; a higher score is always more anomalous.
//   - estimator: learners of classes and numbers.
//   - estimator/evaluate: curves and measures of a detector or classifier.
//   - persist: one file a model.
//
// # Linking stages
//
// A program links a stage by importing its package. This package imports all stages
// of the module, so a program that only loads models needs one blank import:
//
//	import _ "github.com/millrace-ml/millrace"
//
// # What is not here
//
// This package has no functions. Joins, grouping and window queries over tables are
// SQL's work; deep learning, graphs of stages and plotting are other libraries'.
package millrace
