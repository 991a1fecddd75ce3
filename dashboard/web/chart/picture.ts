interface Caption {
  title: string;
  /** Span, resolution, limits, source: one line each. */
  lines: readonly string[];
}

/**
 * A chart's canvas as PNG with its title above and its source below, on the ground of the theme: what leaves the page
 * still says what it is. Undefined when the browser makes no picture.
 */
export async function pictureOf(
  canvas: HTMLCanvasElement,
  { title, lines }: Caption,
): Promise<Blob | undefined> {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  const scale = devicePixelRatio;
  const rem = Number.parseFloat(style.fontSize) * scale;
  const headPx = 2 * rem;
  const small = `${0.75 * rem}px ${getComputedStyle(document.body).fontFamily}`;
  const texts = lines.flatMap((line) => wrapped(line, { font: small, widthPx: canvas.width }));
  const picture = document.createElement('canvas');
  picture.width = canvas.width + 2 * rem;
  picture.height = Math.ceil(canvas.height + headPx + (texts.length + 1) * 1.2 * rem);
  const context = picture.getContext('2d');
  if (!context) return undefined;
  context.fillStyle = token('--surface');
  context.fillRect(0, 0, picture.width, picture.height);
  context.fillStyle = token('--text');
  context.font = small.replace(/^[\d.]+px/, `600 ${rem}px`);
  context.fillText(title, rem, 1.4 * rem, canvas.width);
  context.drawImage(canvas, rem, headPx);
  context.fillStyle = token('--text-quiet');
  context.font = small;
  for (const [index, line] of texts.entries()) {
    context.fillText(line, rem, headPx + canvas.height + (index + 1) * 1.2 * rem, canvas.width);
  }
  return new Promise((resolve) => picture.toBlob((blob) => resolve(blob ?? undefined)));
}

/** A text in pieces that fit; a link has no spaces and is broken anywhere. */
function wrapped(text: string, { font, widthPx }: { font: string; widthPx: number }): string[] {
  const context = document.createElement('canvas').getContext('2d');
  if (!context) return [text];
  context.font = font;
  const pieces: string[] = [];
  let piece = '';
  for (const character of text) {
    if (context.measureText(piece + character).width > widthPx) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...pieces, piece];
}

/** Lets the browser save a file that was made here. */
export function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the file over by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
