package persist

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"slices"
)

// A tensor is a list of numbers in the data part of a file.
type tensor struct {
	name  string
	dtype dtype
	n     int

	values reflect.Value // what to write
	data   []byte        // what was read
	taken  bool          // by the field that it belongs to
}

func newTensor(name string, v reflect.Value) *tensor {
	return &tensor{name: name, dtype: elements(v.Type()), n: v.Len(), values: v}
}

// A dtype is an element type of the safetensors format that has a Go type.
type dtype struct {
	name string
	size int
	elem reflect.Type
}

var dtypes = []dtype{
	{"F64", 8, reflect.TypeFor[float64]()}, {"F32", 4, reflect.TypeFor[float32]()},
	{"I64", 8, reflect.TypeFor[int64]()}, {"U64", 8, reflect.TypeFor[uint64]()},
	{"I32", 4, reflect.TypeFor[int32]()}, {"U32", 4, reflect.TypeFor[uint32]()},
	{"I16", 2, reflect.TypeFor[int16]()}, {"U16", 2, reflect.TypeFor[uint16]()},
	{"I8", 1, reflect.TypeFor[int8]()}, {"U8", 1, reflect.TypeFor[uint8]()},
	{"BOOL", 1, reflect.TypeFor[bool]()},
}

// dtypeOf returns how numbers of a Go kind are kept: int and uint in 64 bits.
func dtypeOf(k reflect.Kind) (dtype, bool) {
	switch k {
	case reflect.Int:
		k = reflect.Int64
	case reflect.Uint:
		k = reflect.Uint64
	}
	i := slices.IndexFunc(dtypes, func(d dtype) bool { return d.elem.Kind() == k })
	if i < 0 {
		return dtype{}, false
	}
	return dtypes[i], true
}

// elements returns how the numbers of a list type are kept.
func elements(list reflect.Type) dtype {
	d, _ := dtypeOf(list.Elem().Kind())
	return d
}

// appendNumbers writes a slice or array of numbers, lowest byte first.
func appendNumbers(dst []byte, v reflect.Value) []byte {
	switch s := v.Interface().(type) {
	case []float64:
		for _, x := range s {
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(x))
		}
		return dst
	case []int32:
		for _, x := range s {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(x))
		}
		return dst
	case []byte:
		return append(dst, s...)
	}
	size := elements(v.Type()).size
	for i := range v.Len() {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], bits(v.Index(i)))
		dst = append(dst, b[:size]...)
	}
	return dst
}

func bits(v reflect.Value) uint64 {
	switch {
	case v.Kind() == reflect.Bool:
		if v.Bool() {
			return 1
		}
		return 0
	case v.CanInt():
		return uint64(v.Int())
	case v.CanUint():
		return v.Uint()
	case v.Kind() == reflect.Float32:
		// Not through float64, which would lose the payload of a signalling NaN.
		return uint64(math.Float32bits(v.Convert(reflect.TypeFor[float32]()).Interface().(float32)))
	}
	return math.Float64bits(v.Float())
}

// readNumbers fills a slice or array, whose length fits, with the numbers in b.
func readNumbers(v reflect.Value, b []byte) error {
	if s, ok := v.Interface().([]float64); ok {
		for i := range s {
			s[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		}
		return nil
	}
	size := elements(v.Type()).size
	for i := range v.Len() {
		var word [8]byte
		copy(word[:], b[i*size:(i+1)*size])
		if err := setBits(v.Index(i), size, binary.LittleEndian.Uint64(word[:])); err != nil {
			return fmt.Errorf("number %d: %w", i, err)
		}
	}
	return nil
}

func setBits(v reflect.Value, size int, x uint64) error {
	switch {
	case v.Kind() == reflect.Bool:
		if x > 1 {
			return fmt.Errorf("have the truth value %d, want 0 or 1", x)
		}
		v.SetBool(x == 1)
	case v.CanInt():
		shift := 64 - 8*size
		signed := int64(x<<shift) >> shift
		if v.OverflowInt(signed) {
			return fmt.Errorf("have %d, want a number of %d bits", signed, v.Type().Bits())
		}
		v.SetInt(signed)
	case v.CanUint():
		if v.OverflowUint(x) {
			return fmt.Errorf("have %d, want a number of %d bits", x, v.Type().Bits())
		}
		v.SetUint(x)
	case v.Kind() == reflect.Float32:
		v.Set(reflect.ValueOf(math.Float32frombits(uint32(x))).Convert(v.Type()))
	default:
		v.SetFloat(math.Float64frombits(x))
	}
	return nil
}
