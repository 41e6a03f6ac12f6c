/** The form of the images on which the networks of torchvision were trained for ImageNet. */
export const imageNetFacts: Readonly<Record<string, string>> = {
  pixels:
    'red, green, blue; (0 to 1, minus 0.485, 0.456, 0.406) / 0.229, 0.224, 0.225, where it was trained as torchvision trains',
}
