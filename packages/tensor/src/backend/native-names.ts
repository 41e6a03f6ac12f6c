/** The names of attributes of operations in tfjs-node 4.22, and of those that the step of Adam takes. */
export const attributeNames: readonly string[] = (
  'DstT Index N SrcT T TI T_threshold Taxis Tblock_shape Tcomplex Tcrops Tidx Tindices Tlen Tmultiples Tnumsegments Tout Tpaddings ' +
  'Tparams Tperm Tshape Truncate acceptable_fraction adj_x adj_y align_corners alpha axis batch_dims begin_mask beta bias block_size ' +
  'channels chroma_downsampling compression container data_format dct_method density_unit depth_radius dilations dtype ' +
  'ellipsis_mask end_mask epsilon equation exclusive explicit_paddings extrapolation_value fancy_upscaling format ' +
  'half_pixel_centers ignore_lookup_error index_type is_training keep_dims ksize method mode new_axis_mask num num_split ' +
  'optimize_size out_idx output_dtype output_type pad_to_max_output_size padding pattern progressive quality rates ratio ' +
  'replace_global reverse rewrite seed shape shared_name shrink_axis_mask sorted strides transpose_a transpose_b ' +
  'try_recover_truncated use_cudnn_on_gpu use_locking use_nesterov validate_indices x_density xmp_metadata y_density'
).split(' ')

/** The number of no type of attributes. */
const noType = -1

/** The part of tfjs-node's backend that runs operations. */
interface Operations {
  readonly binding: {
    readonly TF_ATTR_BOOL: number
    executeOp(name: string, attributes: readonly object[], inputs: readonly number[], outputs: number): unknown
  }
}

/**
 * Makes tfjs-node know all names of attributes.
 *
 * It keeps those that it met in one set for all threads, which two threads that add to it at a time destroy
 * (`ATTR_NAME_SET` in its `tfjs_backend.cc`). Once a name is there, threads only read.
 */
export const meetNames = (backend: unknown): void => {
  try {
    const { binding } = backend as Operations
    const attributes = attributeNames.map((name) => ({ name, type: binding.TF_ATTR_BOOL, value: false }))
    // The last one has a type that is none, so the binding throws after it has met the names and before anything runs.
    binding.executeOp('NoOp', [...attributes, { name: 'T', type: noType, value: false }], [], 0)
  } catch {
    // It was meant to throw.
  }
}
