// Package kdd knows the KDD Cup 1999 data: network connections of a simulated air
// force base, 41 features and a label, "normal." or the name of an attack.
//
// # The files
//
// [TenPercent] is what models learn from, [Corrected] is the labelled test file of
// the contest, with other shares and 17 attacks more. Both are CSV without a header:
//
//	path, err := kdd.TenPercent.Find(dir)     // plain or .gz
//	data, err := kdd.Open(path)               // columns as in Schema
//	data, err = kdd.WithAnomaly(data)         // and whether the row is an attack
//
// [Downloader] fetches them and checks what came. They are not part of this library.
//
// # Made-up data
//
// [Generate] and [GenerateLater] need no file. They draw each row from a mixture of
// some fifty kinds of connections, each with the distribution of every column as it
// was measured on the files: their quantiles, not their rows. Counts and rates that
// measure the same thing move together; beyond that the columns of a kind are
// independent, so the rows are less varied than real ones.
//
// They show what the files show. A detector that is learned from normal rows finds
// the attacks, and one that scales by all rows takes a flood, which is most of the
// data, for what is usual.
//
// # Flaws of the data
//
// Rows repeat (four of five in the 10 % file), the simulation left traces that no
// real network has, and the corrected file holds equal rows with different labels, so
// that no score can be better than AUC .9988 there. Sources: McHugh, ACM TISSEC 3
// (2000) 262; Tavallaee, Bagheri, Lu and Ghorbani, IEEE CISDA 2009.
//
// # What is not here
//
// The full file of 1999, which [Open] reads as any other, the unlabelled file, and
// NSL-KDD.
package kdd
