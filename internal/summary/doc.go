// Package summary holds what learners share: states that take in chunk after chunk
// of a column and merge, in part order, to the same state of the whole. An
// estimator is a thin layer on one of them.
package summary
