/** Reads the words of a PDF as a reader would copy them: enough of the format for files with embedded fonts. */
import { inflateSync } from 'node:zlib';

export interface PdfText {
  pages: number;
  /** All pages, in the order they were drawn; a line break between pieces that were drawn apart. */
  text: string;
}

export function readPdf(file: Buffer): PdfText {
  const source = file.toString('latin1');
  if (!source.startsWith('%PDF-') || !source.trimEnd().endsWith('%%EOF')) throw new Error('not a whole PDF');
  const objects = new Map(
    [...source.matchAll(/^(\d+) 0 obj\n(.*?)\nendobj$/gms)].map((m) => [Number(m[1]), m[2]!]),
  );
  const streamOf = (id: number): string => {
    const object = objects.get(id)!;
    const stream = Buffer.from(/stream\n(.*)\nendstream/s.exec(object)![1]!, 'latin1');
    return object.includes('/FlateDecode')
      ? inflateSync(stream).toString('latin1')
      : stream.toString('latin1');
  };
  const fonts = new Map<string, Map<string, string>>();
  for (const [, name, id] of source.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
    const cmap = Number(/\/ToUnicode (\d+) 0 R/.exec(objects.get(Number(id))!)![1]);
    fonts.set(name!, readCmap(streamOf(cmap)));
  }
  const pages = [...objects.values()].filter((o) => /\/Type \/Page\b/.test(o));
  const text = pages
    .map((page) => readContent(streamOf(Number(/\/Contents (\d+) 0 R/.exec(page)![1])), fonts))
    .join('\n');
  return { pages: pages.length, text };
}

/** Characters by the code they are drawn with. */
function readCmap(cmap: string): Map<string, string> {
  const characters = new Map<string, string>();
  for (const [, first, list] of cmap.matchAll(/<([\da-f]{4})> <[\da-f]{4}> \[(.*?)\]/gis)) {
    [...list!.matchAll(/<([\da-f ]*)>/gi)].forEach(([, units], i) => {
      const code = (Number.parseInt(first!, 16) + i).toString(16).padStart(4, '0');
      characters.set(code, Buffer.from(units!.replaceAll(' ', ''), 'hex').swap16().toString('utf16le'));
    });
  }
  return characters;
}

function readContent(content: string, fonts: Map<string, Map<string, string>>): string {
  let font = new Map<string, string>();
  let text = '';
  for (const [, name, drawn] of content.matchAll(/\/(F\d+) [\d.]+ Tf|\[(.*?)\] TJ/gs)) {
    if (name !== undefined) font = fonts.get(name)!;
    else {
      const codes = [...drawn!.matchAll(/<([\da-f]*)>/gi)].flatMap(([, hex]) => hex!.match(/.{4}/g) ?? []);
      text += `${codes.map((code) => font.get(code.toLowerCase())!).join('')}\n`;
    }
  }
  return text;
}
