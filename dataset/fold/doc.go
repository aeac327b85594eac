// Package fold runs mergeable summaries over a dataset. It is the only place that
// starts goroutines over data.
//
// # The law
//
// An [Aggregator] keeps a state of type S. Zero makes an empty state, Add puts a
// chunk into one, Merge joins two. For every cut of the rows into chunks and parts
//
//	Add each run to a Zero of its own, Merge in order  =  Add everything to one Zero
//
// up to rounding. [Run] merges along one fixed tree over the part numbers: parts
// 2i and 2i+1 first, then their neighbours, and so on. So the bits of the result
// depend on the data and its parts, and never on workers or timing.
//
// # Writing one
//
// Add and Merge own the states that they are given and may change them; they must
// not keep or change the chunk. Parameters, and what changes from pass to pass,
// are exported fields of the aggregator, and a state has exported fields only: no
// closures, so that an engine may run Add on another machine.
//
// # Workers
//
// [Run] and [Chunks] use as many goroutines as [WithWorkers] says, by default
// GOMAXPROCS, and never more than there are parts. A dataset of one part is read
// by one goroutine.
//
// # Memory, errors, cancelling
//
// Run holds one chunk and one state a worker, and those states whose neighbour is
// not there yet. [Chunks] holds up to 64 chunks of each part that is read ahead, one
// a worker: select the columns that are needed before it. Run returns the error of the lowest part that failed. When ctx
// ends it returns ctx.Err() after at most the chunk in hand, and leaves no
// goroutine.
//
// # What is not here
//
// Sorting, grouping by key, joins, and turning a state into a model: that is Fit.
package fold
