import * as tf from '@tensorflow/tfjs'
export const version: string = tf.version_core
