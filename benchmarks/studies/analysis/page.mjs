export const page = () => '# x\n'
