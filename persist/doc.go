// Package persist keeps pipelines in files: one file a model, which any program
// that imports the model's stages loads to the same bits, and which any program in
// any language can read the numbers of.
//
//	err := persist.Save("kdd.millrace", model, persist.Card{Input: train.Schema(), Rows: rows})
//	model, err := persist.Load("kdd.millrace")
//	summary, err := persist.Inspect("kdd.millrace") // needs none of the stages
//
// The author of a stage writes nothing for it: what is saved are the exported
// fields, under the name and the version given to pipeline.Register.
//
// # What is promised
//
// A file that a release has saved loads in every later release of the same major
// version, and gives the same scores bit for bit. One file of every release lies
// in testdata/saved and is loaded and scored by a test.
//
// The same model and the same [Card] give the same bytes, before it was saved and
// after it was loaded.
//
// [Save] replaces a file whole: a crash, a kill or a full disk leaves the old file
// or the new one. A kill may leave a file .NAME.*.tmp beside it, which can be
// deleted. The new file has the permissions of the old one; a symbolic link is
// replaced, not followed.
//
// [Load], [LoadStage], [Decode], [DecodeStage], [Inspect] and [Verify] are safe on
// the bytes of anyone. They give a model or an error: they do not panic, open
// nothing else, start nothing, write nothing and execute nothing but the stages'
// own Ready and Upgrade functions. A file in which any byte was changed is
// [ErrChecksum] or an error about its structure.
//
// A checksum finds damage, not intent: whoever changes a file can compute a new
// one. Such a file still loads safely, as a model that scores as its author wants.
// Where that matters, [Sign] files and load them with [SignedBy].
//
// # Limits
//
// Above a limit the error is a [*LimitError], when saving too.
//
//	header                     100,000,000 bytes
//	levels of JSON             64
//	keys of a JSON object      1,048,576; so also tensors
//	stages                     10,000, of them inside each other 16
//	memory, the file included  8 times the size of the file and 16 MiB; see [MaxBytes]
//
// Each length is compared with what is left of the file, and each allocation with
// what is left of the memory, before it is made.
//
// # The order of the checks
//
// Size; length of the header; its beginning; version of the format; digest;
// signature, where one is demanded; then the entries of the header, the card, and
// the stages, from the inside to the outside: registered name, version, upgrades,
// fields, Ready. Last, every tensor must belong to a field.
//
// # The file
//
// A file is a safetensors container: the library of that name for Python and Rust
// reads it (tested with safetensors 0.8.0 and NumPy 2.4).
//
//	8 bytes    length n of the header, unsigned, lowest byte first
//	n bytes    header: a JSON object, then spaces up to a multiple of 8 bytes
//	the rest   tensors, lowest byte first, without a gap
//
// The header begins with exactly
//
//	{"__metadata__":{"millrace":"1","sha256":"D","ed25519":"S","card":
//
// where 1 is the version of this format, D is the digest, 64 hexadecimal digits
// from byte 50 of the file, and S is the signature, 128 digits from byte 127. The
// card and the "model" follow, each a string that holds JSON. Then comes an entry
// for each tensor, in the order of the data, wide numbers first:
//
//	"Stages.2.Mean":{"dtype":"F64","shape":[118],"data_offsets":[0,944]}
//
// A tensor has one dimension, and its name is the path of its field.
//
// The digest is the SHA-256 of the whole file with 64 characters 0 in the place of
// D. The signature is that of Ed25519 over the text "millrace model 1\n" and the 32
// bytes of another digest, which has 0 in the places of both D and S. A file
// without a signature has 128 characters 0 there.
//
// # The model
//
// A stage is an object with these keys in this order; its fields may be in any:
//
//	{"type":"feature.StandardScaler","version":1,"fields":{"WithMean":true}}
//
// This holds wherever a value's type is registered: in an interface, as a stage of
// a pipeline, and as the parameters inside a model. Other values:
//
//	bool, integers, floats    true, -7, 0.1: the shortest digits that read back to the same bits
//	NaN, +Inf, -Inf           "NaN", "Infinity", "-Infinity"
//	string                    "text", or {"base64":"..."} where it is not UTF-8
//	text form                 "vector": a type with MarshalText and UnmarshalText
//	pointer, interface        null, or the value
//	struct                    {"Field":value}: all fields exported
//	slice, array              [value,value]; a slice that is nil: null
//	list of numbers or bools  {"tensor":"Stages.2.Mean"}
//	list of long texts        {"texts":"Stages.0.Labels"}
//
// Lists of numbers are tensors however short they are, and int and uint take 64
// bits. A list of texts of more than 64 KiB (its bytes, and 4 for each text) is two
// tensors: U8 with all the bytes, and I64, named with ".ends" behind, with the place
// where each text ends. A single NaN loses its payload; those in tensors keep it.
//
// A type of integers with a text form is also read as a number, so that it may be
// given the text form later. A field that a file does not have keeps its zero value,
// which is the default by the rule of this library; so a type may gain a field
// without a new version. An unknown field is an error.
//
// # A stage that changes
//
// A renamed type keeps its registered name. A field that changes its name, type or
// meaning is a new version: pipeline.Upgrades. Older files then pass through the
// upgrades when they are loaded. A newer version, like an unknown name, is a
// [*TypeError] that says what to import or upgrade.
//
// # In other languages
//
// In Python, the means of a scaler:
//
//	with safetensors.safe_open("kdd.millrace", "numpy") as f:
//	    stages = json.loads(f.metadata()["model"])["fields"]["Stages"]
//	    mean = f.get_tensor(stages[3]["fields"]["Mean"]["tensor"])
//
// # What is not here
//
// Maps (their order would have to be invented: keep two lists), functions, channels,
// cyclic values, pointers to pointers or to slices, unexported fields of a struct
// that is no stage: Save refuses them and names the field. No encryption, no
// compression, no loading of parts, no other formats, no download, no registry of
// models. A program cannot load a stage that it was not built with.
package persist
