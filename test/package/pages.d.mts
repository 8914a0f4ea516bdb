/** The marked blocks of the pages; see `pages.mjs`. */
export interface PageBlock {
  mark: string;
  file: string;
  language: string;
  text: string;
  index: number;
}
export const README: string;
export const GETTING_STARTED: string;
export const TESTING: string;
export function readPage(page: string): string;
export function blocksOf(page: string): PageBlock[];
export function blockOf(page: string, mark: string, file?: string): string;
export function installLine(page: string, nest: number): string;
export function stepsOf(page: string): PageBlock[];
export function specWith(generated: string, text: string): string;
