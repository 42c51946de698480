// ---- payload.js: what a widget is sent --------------------------------------------------------
// One safetensors file: u64 little-endian header length, a JSON header {name: {dtype, shape,
// data_offsets}}, then the tensors. Facts that are not tensors are JSON under the metadata key
// "header". Every complaint is a PayloadError whose message can be shown to the reader.

class PayloadError extends Error {}

// Bytes arrive unaligned: each tensor gets its own copy, which starts at zero.
const TENSOR_READERS = {
  F32: (buffer) => new Float32Array(buffer),
  F16: (buffer) => widenHalves(new Uint16Array(buffer)),
  I32: (buffer) => new Int32Array(buffer),
  U8: (buffer) => new Uint8Array(buffer),
};

/** bytes → {header, tensors: {name: {shape, data}}}. */
function readPayload(bytes) {
  if (!(bytes instanceof Uint8Array)) throw new PayloadError("No data has reached this figure.");
  try {
    return parseSafetensors(bytes);
  } catch (error) {
    if (error instanceof PayloadError) throw error;
    throw new PayloadError("The data sent for this figure are damaged and cannot be read.");
  }
}

function parseSafetensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  const index = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  const header = JSON.parse(index.__metadata__?.header ?? "{}");
  const tensors = {};
  for (const [name, entry] of Object.entries(index)) {
    if (name !== "__metadata__") tensors[name] = readTensor(bytes, start, name, entry);
  }
  return { header, tensors };
}

function readTensor(bytes, start, name, { dtype, shape, data_offsets: [from, to] }) {
  const read = TENSOR_READERS[dtype];
  if (!read) throw new PayloadError(`“${name}” has the type ${dtype}, which this figure cannot read.`);
  if (start + to > bytes.length) {
    throw new PayloadError(`The data sent for this figure break off inside “${name}”.`);
  }
  const data = read(bytes.slice(start + from, start + to).buffer);
  const count = shape.reduce((product, side) => product * side, 1);
  if (data.length !== count) {
    throw new PayloadError(`“${name}” holds ${data.length} numbers where ${count} were announced.`);
  }
  return { shape, data };
}

/** IEEE half precision → Float32Array, exact. */
function widenHalves(halves) {
  return Float32Array.from(halves, (bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

/** The tensor `name`, if its shape is `expected` (null: any length). Throws a sentence otherwise. */
function needTensor(tensors, name, expected) {
  const tensor = tensors[name];
  if (!tensor) throw new PayloadError(`The data sent for this figure lack “${name}”.`);
  const fits = tensor.shape.length === expected.length
    && expected.every((side, axis) => side === null || side === tensor.shape[axis]);
  if (fits) return tensor;
  const want = expected.map((side) => side ?? "n").join(" × ");
  throw new PayloadError(`“${name}” is ${tensor.shape.join(" × ")} where ${want} was expected.`);
}
