/**
 * Whether to answer in Thai: the first of `th` and `en` in the header with the higher weight
 * (RFC 9110, 12.5.4), else the module's own language.
 */
export function prefersThai(
  header: string | string[] | undefined,
  otherwise: 'en' | 'th',
): boolean {
  const ranked = String(header ?? '')
    .slice(0, 200)
    .split(',')
    .map((part) => {
      const [tag = '', weight] = part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*q=/);
      return { language: tag.split('-')[0], weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ language, weight }) => (language === 'th' || language === 'en') && weight > 0)
    .sort((a, b) => b.weight - a.weight);
  return (ranked[0]?.language ?? otherwise) === 'th';
}
