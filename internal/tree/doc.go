// Package tree grows and applies decision trees. It is the one core of the tree
// learners of package estimator.
//
// # From rows to codes
//
// [Load] reads the rows twice by package fold: once to choose the bins of each
// dimension from a sample of the rows ([FindCuts]), once to replace each value by the
// code of its bin, one byte, or two where a dimension has more than 256 bins. Codes are
// held column by column. A one-hot block of a vector is one column of codes, however
// many dimensions it has. NaN and the infinities have a bin of their own, missing. Rows
// with the same codes and the same label are held once, where that saves memory and
// time, with their number and their weight.
//
// # From codes to a tree
//
// [Grow] splits nodes by histograms (sums of each bin): of two children the one with
// fewer rows is counted, the other is parent minus child. It takes the nodes depth
// first, or with a limit of leaves the best gain first (Ke et al., LightGBM: A Highly
// Efficient Gradient Boosting Decision Tree, NIPS 2017, section 2.1).
//
// Sums are held in fixed point: each number is rounded to a multiple of a power of 2,
// so small that it is exact for whole numbers and else of no more effect than the
// rounding of a float64 sum. Adding such numbers is exact. So a tree does not depend,
// not in a single bit, on the order of adding: on workers, on the cut into parts, on
// which child was counted.
//
// # What is not here
//
// Losses, boosting, bagging and output columns: they are the learners'.
package tree
